/// What the text of a key says of its being equal to others; of several columns the greatest counts.
enum KeyForm: Int, Sendable, Comparable {
    /// Keys are equal when their texts are.
    case text
    /// Equal keys have the same letters and digits, as whole numbers and uuids do.
    case digits
    /// Nothing: 1.0 is 1, and a moment has a text in each time zone.
    case value

    /// - Parameters:
    ///   - type: The name that `format_type` gives.
    ///   - isDeterministic: Whether the column's collation takes only equal texts for equal.
    init(type: String, isDeterministic: Bool) {
        switch type {
        case "text", "character varying": self = isDeterministic ? .text : .value
        case "smallint", "integer", "bigint", "uuid": self = .digits
        default: self = .value
        }
    }

    static func < (one: KeyForm, other: KeyForm) -> Bool { one.rawValue < other.rawValue }
}

/// The letters and digits of a key: letters small, no zeros in front. Some keys that differ have the same.
@safe
struct KeyDigits: Sequence, IteratorProtocol {
    private let key: UnsafeRawBufferPointer
    private var index = 0
    private var isLeading = true

    init(_ key: UnsafeRawBufferPointer) { unsafe self.key = key }

    mutating func next() -> UInt8? {
        while unsafe index < key.count {
            let byte = unsafe key[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\t"):
                isLeading = true
                return byte
            case UInt8(ascii: "0") where isLeading: continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...:
                isLeading = false
                return byte
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                isLeading = false
                return byte | 0x20
            default: continue
            }
        }
        return nil
    }
}
