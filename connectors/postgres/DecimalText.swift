import ConnectorKit
import FoundationEssentials

/// Kafka Connect's logical type Decimal as it stands in JSON: base64 of the unscaled number, big-endian in two's
/// complement, its scale in the schema.
enum DecimalText {
    private static let name: StaticString = "org.apache.kafka.connect.data.Decimal"

    /// The number as text; nil when the field's schema is no Decimal.
    static func decoded(
        _ value: borrowing Value, _ slot: Slot, _ schema: borrowing Value
    ) throws(ConnectorError) -> String? {
        var scale: Int?
        schema["fields"].forEach { field in
            guard field["field"].equals(slot.name), field["name"] == name else { return }
            scale = Int(field["parameters"]["scale"].string ?? "") ?? field["parameters"]["scale"].int.map(Int.init)
        }
        guard let scale, (-1000...1000).contains(scale) else { return nil }
        if let bytes = unsafe value.withBytes({ unsafe Array($0) }) { return text(bytes, scale: scale) }
        return text(Array(try Base64Text.bytes(of: value, slot)), scale: scale)
    }

    /// Writes an unscaled number with its decimal point.
    static func text(_ bytes: [UInt8], scale: Int) -> String {
        let isNegative = (bytes.first ?? 0) >= 0x80
        var digits = decimal(isNegative ? negated(bytes) : bytes)
        if scale < 0 { digits += String(repeating: "0", count: -scale) }
        if scale > 0 {
            digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        }
        return (isNegative ? "-" : "") + digits
    }

    private static func negated(_ bytes: [UInt8]) -> [UInt8] {
        var carry = true
        var result = bytes
        for index in bytes.indices.reversed() {
            result[index] = ~bytes[index] &+ (carry ? 1 : 0)
            carry = carry && result[index] == 0
        }
        return result
    }

    /// Divides by a billion again and again.
    private static func decimal(_ bytes: [UInt8]) -> String {
        var number = bytes
        var groups: [String] = []
        while number.contains(where: { $0 != 0 }) {
            var rest: UInt64 = 0
            for index in number.indices {
                let part = rest << 8 | UInt64(number[index])
                number[index] = UInt8(truncatingIfNeeded: part / 1_000_000_000)
                rest = part % 1_000_000_000
            }
            groups.append(String(rest))
        }
        guard let first = groups.popLast() else { return "0" }
        return groups.reversed().reduce(first) { $0 + String(repeating: "0", count: 9 - $1.count) + $1 }
    }
}
