import CPostgres

/// The rows of a running `COPY … TO STDOUT`, one at a time, so that a table of any size takes the memory of one row.
@safe
final class RowStream {
    private let connection: Connection
    private var row: UnsafeMutablePointer<CChar>?
    private var length = 0

    /// Begins the COPY of a statement that gives rows.
    init(_ query: String, over connection: Connection) throws(ServerError) {
        self.connection = connection
        try connection.send(one: "COPY (\(query)\n) TO STDOUT")
        guard let result = unsafe try connection.nextResult() else {
            throw ServerError(lost: "the server did not begin the COPY")
        }
        defer { unsafe PQclear(result) }
        if unsafe PQresultStatus(result) == PGRES_COPY_OUT { return }
        let failure = unsafe ServerError(result, isLost: connection.isBroken)
        throw failure ?? ServerError(lost: "the server did not begin the COPY")
    }

    deinit { unsafe PQfreemem(row) }

    /// The current row in the text format of COPY, without its line break; empty before the first and after the last.
    ///
    /// The bytes are there until the next row.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: row, count: length) }

    /// Goes to the next row, waiting for it; false when there is none.
    func advance() throws(ServerError) -> Bool {
        unsafe PQfreemem(row)
        unsafe row = nil
        length = 0
        while true {
            let count = unsafe PQgetCopyData(connection.raw, &row, 1)
            if count > 0 {
                length = Int(count) - 1
                return true
            }
            if count == -1 { return try end() }
            guard count == 0 else { throw connection.lost() }
            try connection.awaitInput()
        }
    }

    private func end() throws(ServerError) -> Bool {
        var failure: ServerError?
        while let result = unsafe try connection.nextResult() {
            if failure == nil { failure = unsafe ServerError(result, isLost: connection.isBroken) }
            unsafe PQclear(result)
        }
        if let failure { throw failure }
        return false
    }
}
