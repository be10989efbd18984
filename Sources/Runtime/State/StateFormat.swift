/// What a state file must be before anything in it is changed or believed.
enum StateFormat {
    /// What is in the file; raised when the tables change.
    static let version = "1"

    /// Throws when the tables are another program's, or another version's.
    static func check(_ database: borrowing SQLiteDatabase, path: String) throws(StateError) {
        let tables = try database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map {
            $0[0]
        }
        if tables.isEmpty { return }
        guard tables.contains("sluice") else {
            throw StateError(
                kind: .unavailable,
                message: "the state file \(path) is the database of another program, with the tables "
                    + "\(tables.prefix(3).joined(separator: ", ")), and was left as it is; give state.path another file"
            )
        }
        let found = try database.rows("SELECT value FROM sluice WHERE name = 'format'")
        guard found.isEmpty || found == [[version]] else {
            throw StateError(
                kind: .unavailable,
                message:
                    "the state file \(path) has format \(found[0][0]) and this version of Sluice reads \(version); run "
                    + "the version that wrote it")
        }
    }
}
