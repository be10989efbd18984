/// Where a field is, below a record's value or key.
///
/// The text form is Kafka Connect's field syntax V2 (KIP-821): dots separate names; a name that holds dots stands in
/// backticks; inside them a backslash escapes a backtick that a dot follows.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    /// The names from the outermost object down; never empty.
    public let names: [FieldName]

    /// Reads the V2 text form.
    ///
    /// - Throws: ``FieldPathError`` when the text is empty or a backtick is not closed.
    public init(_ text: String) throws(FieldPathError) {
        var parser = FieldPathParser(text)
        names = try parser.names().map { FieldName(interning: $0) }
    }

    /// A path of one name, taken literally (field syntax V1).
    public init(name: String) {
        names = [FieldName(interning: name)]
    }

    /// A path of these names; an empty list stands for the name "".
    public init(names: [FieldName]) {
        self.names = names.isEmpty ? [""] : names
    }

    /// The V2 text form.
    public var description: String {
        let text = names.map { Self.quoted($0.description) }.joined(separator: ".")
        return text.isEmpty ? "``" : text
    }

    private static func quoted(_ name: String) -> String {
        guard name.contains(".") || name.hasPrefix("`") else { return name }
        return "`" + escapedBackticks(name) + "`"
    }

    private static func escapedBackticks(_ name: String) -> String {
        name.split(separator: "`.", omittingEmptySubsequences: false).joined(separator: "\\`.")
    }
}

/// A field path that cannot be read.
public struct FieldPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence: what is wrong with which path.
    public let description: String
}

/// Splits the V2 text form as Kafka Connect's `SingleFieldPath` does.
private struct FieldPathParser {
    private let text: String
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    mutating func names() throws(FieldPathError) -> [String] {
        guard !bytes.isEmpty else { throw FieldPathError(description: "A field path must not be empty.") }
        var names: [String] = []
        while index < bytes.count {
            names.append(bytes[index] == UInt8(ascii: "`") ? try quotedName() : plainName())
        }
        if bytes.last == UInt8(ascii: ".") { names.append("") }
        return names
    }

    private mutating func plainName() -> String {
        let end = bytes[index...].firstIndex(of: UInt8(ascii: ".")) ?? bytes.count
        defer { index = end + 1 }
        return String(decoding: bytes[index..<end], as: UTF8.self)
    }

    private mutating func quotedName() throws(FieldPathError) -> String {
        var name: [UInt8] = []
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            let ends = byte == UInt8(ascii: "`") && (index + 1 == bytes.count || bytes[index + 1] == UInt8(ascii: "."))
            if ends && name.last != UInt8(ascii: "\\") {
                index += 2
                return String(decoding: name, as: UTF8.self)
            }
            if ends { name.removeLast() }
            name.append(byte)
            index += 1
        }
        throw FieldPathError(description: "The field path '\(text)' has a backtick that is not closed.")
    }
}
