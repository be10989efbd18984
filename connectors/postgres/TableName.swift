import ConnectorKit

/// A table by its names, unquoted.
struct TableName: Sendable, Hashable, CustomStringConvertible {
    /// nil leaves it to the server's `search_path`.
    let schema: String?
    let table: String

    /// The quoted name for SQL.
    var sql: String { (schema.map { "\(quoted($0))." } ?? "") + quoted(table) }
    /// The name for messages, and as ``init(written:)`` reads it.
    var description: String { (schema.map { "\(Self.written($0))." } ?? "") + Self.written(table) }
}

extension TableName {
    /// What ``init(written:)`` expects.
    static let form = "table or schema.table, a name that holds a dot in double quotes"

    /// Reads `table` or `schema.table`, where a part in double quotes may hold dots; nil for anything else.
    init?(written text: String) {
        guard let parts = Self.parts(of: text), (1...2).contains(parts.count), !parts.contains("") else { return nil }
        self.init(schema: parts.count == 2 ? parts[0] : nil, table: parts[parts.count - 1])
    }

    /// The names between the dots; nil when a quote is not closed or stands within a name.
    private static func parts(of text: String) -> [String]? {
        let (dot, quote) = (UInt8(ascii: "."), UInt8(ascii: "\""))
        var parts: [String] = []
        var rest = Array(text.utf8)[...]
        while true {
            let isQuoted = rest.first == quote
            guard let part = isQuoted ? quotedPart(from: &rest) : Array(rest.prefix { $0 != dot }),
                isQuoted || !part.contains(quote)
            else { return nil }
            if !isQuoted { rest = rest.dropFirst(part.count) }
            parts.append(String(decoding: part, as: UTF8.self))
            guard let next = rest.first else { return parts }
            guard next == dot else { return nil }
            rest = rest.dropFirst()
        }
    }

    /// Takes a name in quotes, where two stand for one; nil when it is not closed.
    private static func quotedPart(from rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let quote = UInt8(ascii: "\"")
        var name: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            if byte == quote, rest.first != quote { return name }
            if byte == quote { rest = rest.dropFirst() }
            name.append(byte)
        }
        return nil
    }

    private static func written(_ name: String) -> String {
        name.utf8.contains(UInt8(ascii: ".")) || name.hasPrefix("\"") ? quoted(name) : name
    }
}

/// `table.name.format`.
struct TableTemplate: Sendable {
    private static let mark = "${topic}"
    private let schema: String?
    private let table: String

    /// Whether the table depends on the record.
    let usesTopic: Bool

    init(_ text: String) {
        let name = TableName(written: text) ?? TableName(schema: nil, table: text)
        schema = name.schema
        table = name.table
        usesTopic = text.contains(Self.mark)
    }

    /// What is wrong with a template; nil when nothing is.
    static func fault(in text: String) -> String? {
        if TableName(written: text) == nil {
            return "table.name.format is \"\(text)\"; expected \(TableName.form)"
        }
        if text.split(separator: mark, omittingEmptySubsequences: false).contains(where: { $0.contains("${") }) {
            return "table.name.format is \"\(text)\"; the only variable is ${topic}"
        }
        return nil
    }

    /// The table of a topic.
    func name(for topic: String?) throws(ConnectorError) -> TableName {
        guard !usesTopic || topic != nil else {
            throw .rejected("the record has no topic, which table.name.format needs for the table's name")
        }
        let name = TableName(schema: schema.map { filled($0, topic) }, table: filled(table, topic))
        for part in [name.schema, name.table].compactMap(\.self) { try checkIdentifier(part, "table") }
        return name
    }

    private func filled(_ text: String, _ topic: String?) -> String {
        text.split(separator: Self.mark, omittingEmptySubsequences: false).joined(separator: topic ?? "")
    }
}

/// Refuses a name that PostgreSQL cannot hold or would cut off, so that two would become one.
func checkIdentifier(_ name: String, _ what: String) throws(ConnectorError) {
    let remedy = what == "table" ? "table.name.format" : "ReplaceField"
    guard !name.isEmpty, name.utf8.count <= 63, !name.utf8.contains(0) else {
        throw .rejected(
            "\"\(name)\" cannot be the name of a \(what): expected 1 to 63 bytes without NUL; rename it with \(remedy)")
    }
}
