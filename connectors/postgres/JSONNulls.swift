import ConnectorKit

/// The JSON nulls among rows that wait, which their records' schemas tell from SQL's.
struct JSONNulls {
    /// In the order of the rows.
    private var found: [(row: Int, column: Int)] = []
    private var schemas: [[Int]: Schema] = [:]
    private var layout: [FieldName] = []

    /// Each set of columns has a schema of its own, and there must be an end to them.
    private static let mostSchemas = 1000

    /// Whether the text of a `json` is null.
    static func isNull(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count >= 4, text.count < 64 else { return false }
        return unsafe text.filter { $0 != 32 && !(9...13).contains($0) } == Array("null".utf8)
    }

    mutating func add(row: Int, _ column: Int) { found.append((row, column)) }

    mutating func removeAll() { found.removeAll(keepingCapacity: true) }

    /// Gives the records of rows with such nulls a schema that says which fields they are.
    ///
    /// - Parameter first: The record of row 0.
    mutating func mark(from first: Int, _ layout: RowLayout, in batch: inout RecordBatch) throws {
        var next = 0
        while next < found.count {
            let row = found[next].row
            var columns: [Int] = []
            while next < found.count, found[next].row == row {
                columns.append(found[next].column)
                next += 1
            }
            guard batch.isDeliverable(first + row) else { continue }
            let schema = schema(columns, layout)
            try batch.edit(at: first + row) { $0.schema = schema }
        }
    }

    private mutating func schema(_ columns: [Int], _ layout: RowLayout) -> Schema {
        let names = layout.columns.map(\.name)
        if names != self.layout || schemas.count >= Self.mostSchemas {
            schemas = [:]
            self.layout = names
        }
        if let known = schemas[columns] { return known }
        let schema = Schema(.structure(columns.map { SchemaField(names[$0].description, .jsonNull) }))
        schemas[columns] = schema
        return schema
    }
}
