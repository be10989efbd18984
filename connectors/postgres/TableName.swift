import ConnectorKit

/// A table by its names, unquoted.
struct TableName: Sendable, Hashable, CustomStringConvertible {
    /// nil leaves it to the server's `search_path`.
    let schema: String?
    let table: String

    /// The quoted name for SQL.
    var sql: String { (schema.map { "\(quoted($0))." } ?? "") + quoted(table) }
    /// The name for messages.
    var description: String { (schema.map { "\($0)." } ?? "") + table }
}

/// `table.name.format`.
struct TableTemplate: Sendable {
    private static let mark = "${topic}"
    private let schema: String?
    private let table: String

    /// Whether the table depends on the record.
    let usesTopic: Bool

    init(_ text: String) {
        let dot = text.firstIndex(of: ".")
        schema = dot.map { String(text[..<$0]) }
        table = dot.map { String(text[text.index(after: $0)...]) } ?? text
        usesTopic = text.contains(Self.mark)
    }

    /// What is wrong with a template; nil when nothing is.
    static func fault(in text: String) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 2 || parts.contains("") {
            return "table.name.format is \"\(text)\"; expected table or schema.table"
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
    guard !name.isEmpty, name.utf8.count <= 63, !name.utf8.contains(0) else {
        throw .rejected(
            "\"\(name)\" cannot be the name of a \(what): expected 1 to 63 bytes without NUL; rename it with a "
                + "transform")
    }
}
