internal import ConnectorKit

/// Writes positions within a transaction.
struct PositionWriter: ~Copyable {
    private let insert: SQLiteStatement
    private let remove: SQLiteStatement
    private let remember: SQLiteStatement

    init(_ database: borrowing SQLiteDatabase) throws(StateError) {
        let insert = try database.prepare(
            "INSERT INTO positions VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ')) "
                + "ON CONFLICT DO UPDATE SET offset = excluded.offset, updated = excluded.updated")
        let remove = try database.prepare("DELETE FROM positions WHERE pipeline = ? AND partition = ?")
        let remember = try database.prepare("DELETE FROM forgotten WHERE pipeline = ? AND partition = ?")
        self.insert = insert
        self.remove = remove
        self.remember = remember
    }

    /// Replaces the position of its partition, or forgets the partition when the offset has no field.
    func write(_ position: Position, of pipeline: String) throws(StateError) {
        let partition = position.partition.json
        if position.offset.fields.isEmpty {
            try remove.run([pipeline, partition])
        } else {
            try insert.run([pipeline, partition, position.offset.json])
        }
        try remember.run([pipeline, partition])
    }
}
