import ConnectorKit

/// One spelling for each JSON value, so that equal values compare equal as texts.
enum CanonicalJSON {
    /// - Parameter droppingNulls: Leaves out the members of the outermost object that are null.
    static func text(of json: String, droppingNulls: Bool = false) throws -> String {
        var batch = RecordBatch()
        let bytes = Array("[\(json)]".utf8)
        let text = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        _ = try reader.read(text, as: .single, into: &batch)
        try require(batch.count == 1 && batch.isDeliverable(0), "what was read back is no JSON: \(json.prefix(200))")
        return spell(batch[0].value[0], droppingNulls: droppingNulls)
    }

    private static func spell(_ value: borrowing Value, droppingNulls: Bool) -> String {
        switch value.kind {
        case .object: "{" + members(value, droppingNulls).joined(separator: ",") + "}"
        case .array: "[" + elements(value).joined(separator: ",") + "]"
        case .number: number(value.decimalText ?? value.jsonText)
        case .string: string(value.string ?? "")
        default: value.jsonText
        }
    }

    private static func members(_ object: borrowing Value, _ droppingNulls: Bool) -> [String] {
        var members: [String: String] = [:]
        object.forEachMember { name, value in
            if droppingNulls && value.isNull { return }
            members[string(name.string ?? "")] = spell(value, droppingNulls: false)
        }
        return members.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    }

    private static func elements(_ array: borrowing Value) -> [String] {
        var elements: [String] = []
        array.forEach { elements.append(spell($0, droppingNulls: false)) }
        return elements
    }

    /// All scalars in ASCII: Swift takes texts of different scalars for equal when they look alike.
    private static func string(_ text: String) -> String {
        "\"" + text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() + "\""
    }

    /// Digits without zeros at either end, and the power of ten they are multiplied by.
    static func number(_ text: String) -> String {
        let parts = text.lowercased().split(separator: "e", maxSplits: 1)
        guard let mantissa = parts.first else { return text }
        let sign = mantissa.hasPrefix("-") ? "-" : ""
        let halves = mantissa.drop { $0 == "-" || $0 == "+" }.split(separator: ".", omittingEmptySubsequences: false)
        var digits = halves.joined()
        var power = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - (halves.count > 1 ? halves[1].count : 0)
        digits = String(digits.drop { $0 == "0" })
        while digits.last == "0" {
            digits.removeLast()
            power += 1
        }
        return digits.isEmpty ? "0" : "\(sign)\(digits)e\(power)"
    }
}
