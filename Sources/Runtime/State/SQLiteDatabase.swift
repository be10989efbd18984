internal import CSQLite

/// Sole owner of one SQLite connection; used by one thread at a time.
@safe
struct SQLiteDatabase: ~Copyable {
    private let handle: OpaquePointer
    private let path: String

    /// Opens the file; makes it when it is missing and may be written.
    init(path: String, isReadOnly: Bool = false) throws(StateError) {
        var handle: OpaquePointer?
        let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let flags = access | SQLITE_OPEN_NOMUTEX
        // What begins with a colon is no file to SQLite.
        let status = unsafe sqlite3_open_v2(path.hasPrefix(":") ? "./" + path : path, &handle, flags, nil)
        guard status == SQLITE_OK, let opened = unsafe handle else {
            unsafe sqlite3_close(handle)
            throw Self.failure(status, path: path, reason: unsafe String(cString: sqlite3_errstr(status)))
        }
        unsafe self.handle = opened
        self.path = path
        unsafe sqlite3_busy_timeout(opened, 2000)
    }

    deinit { unsafe sqlite3_close_v2(handle) }

    /// Runs statements that give no rows.
    borrowing func execute(_ sql: String) throws(StateError) {
        let status = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        if status != SQLITE_OK { throw failure(status) }
    }

    /// A statement that gives no rows, to be run several times; it must not outlive the connection.
    borrowing func prepare(_ sql: String) throws(StateError) -> SQLiteStatement {
        var statement: OpaquePointer?
        let status = unsafe sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard status == SQLITE_OK, let prepared = unsafe statement else { throw failure(status) }
        return unsafe SQLiteStatement(prepared, path: path)
    }

    /// Runs one statement with text arguments and gives its rows as text.
    borrowing func rows(_ sql: String, _ arguments: [String] = []) throws(StateError) -> [[String]] {
        var statement: OpaquePointer?
        let prepared = unsafe sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard prepared == SQLITE_OK else { throw failure(prepared) }
        defer { unsafe sqlite3_finalize(statement) }
        for (index, argument) in arguments.enumerated() {
            unsafe sluice_sqlite3_bind_text(statement, Int32(index + 1), argument, Int32(argument.utf8.count))
        }
        var rows: [[String]] = []
        while true {
            let status = unsafe sqlite3_step(statement)
            if status == SQLITE_DONE { return rows }
            guard status == SQLITE_ROW else { throw failure(status) }
            let columns = unsafe sqlite3_column_count(statement)
            rows.append(
                (0..<columns).map { column in
                    unsafe sqlite3_column_text(statement, column).map { unsafe String(cString: $0) } ?? ""
                })
        }
    }

    /// How many rows the last change touched.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }

    private borrowing func failure(_ status: Int32) -> StateError {
        Self.failure(status, path: path, reason: unsafe String(cString: sqlite3_errmsg(handle)))
    }

    fileprivate static func failure(_ status: Int32, path: String, reason: String) -> StateError {
        switch status & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB: damaged(path, reason)
        case SQLITE_BUSY, SQLITE_LOCKED:
            StateError(kind: .locked, message: "the state file \(path) is held by another program; close it and retry")
        default:
            StateError(
                kind: .unavailable, message: "the state file \(path) cannot be used: \(reason); check state.path")
        }
    }

    /// The sentence for a file that is no good.
    static func damaged(_ path: String, _ reason: String) -> StateError {
        StateError(
            kind: .corrupted,
            message: "the state file \(path) is damaged (\(reason)) and was left as it is; restore it from a copy, or "
                + "move it away to read every source from its beginning")
    }
}

/// Sole owner of a prepared statement that gives no rows.
@safe
struct SQLiteStatement: ~Copyable {
    private let handle: OpaquePointer
    private let path: String

    fileprivate init(_ handle: OpaquePointer, path: String) {
        unsafe self.handle = handle
        self.path = path
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs it with text arguments.
    borrowing func run(_ arguments: [String]) throws(StateError) {
        for (index, argument) in arguments.enumerated() {
            unsafe sluice_sqlite3_bind_text(handle, Int32(index + 1), argument, Int32(argument.utf8.count))
        }
        let status = unsafe sqlite3_step(handle)
        let reason = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        unsafe sqlite3_reset(handle)
        if status != SQLITE_DONE { throw SQLiteDatabase.failure(status, path: path, reason: reason) }
    }
}
