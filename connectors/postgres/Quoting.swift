/// A name compared by its bytes, as PostgreSQL compares names; a `String` equals others that only look the same.
struct ExactName: Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ text: some CustomStringConvertible) { description = text.description }

    static func == (one: ExactName, other: ExactName) -> Bool {
        one.description.utf8.elementsEqual(other.description.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
    }

    /// The name as SQL has it.
    var sql: String { quoted(description) }
}

/// A name as SQL has it: in quotes, quotes doubled.
func quoted(_ name: String) -> String { enclosed(name, in: UInt8(ascii: "\"")) }

/// A text between two marks, those in it doubled.
///
/// By bytes: a `Character` can be a mark together with what stands before or behind it.
func enclosed(_ text: String, in mark: UInt8) -> String {
    var bytes = [mark]
    for byte in text.utf8 {
        if byte == mark { bytes.append(mark) }
        bytes.append(byte)
    }
    bytes.append(mark)
    return String(decoding: bytes, as: UTF8.self)
}
