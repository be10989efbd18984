import CPostgres
import ConnectorKit

/// How far a COPY is.
enum CopyState {
    case none
    /// Asked for; the server has not answered yet.
    case requested
    /// The server takes rows.
    case running
}

extension Connection {
    /// Asks for statements that end in a `COPY … FROM STDIN`, without waiting for the server.
    func beginCopy(_ sql: String) throws(ServerError) {
        try send(sql)
        copyCount += 1
        copyState = .requested
        try flush()
    }

    /// Sends rows of the running COPY if the server is ready for them; false when it is not yet.
    func offer(_ rows: UnsafeRawBufferPointer) throws(ServerError) -> Bool {
        if copyState == .requested {
            guard unsafe PQconsumeInput(raw) == 1 else { throw lost() }
            if unsafe PQisBusy(raw) == 1 { return false }
            try awaitCopy()
        }
        try unsafe put(rows)
        return true
    }

    /// Sends rows of the running COPY, which may end in the middle of a row.
    func put(_ bytes: UnsafeRawBufferPointer) throws(ServerError) {
        if copyState == .requested { try awaitCopy() }
        var start = 0
        while start < bytes.count {
            let count = min(bytes.count - start, 1 << 18)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
            let sent = unsafe PQputCopyData(
                raw, piece.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(truncatingIfNeeded: count))
            guard sent >= 0 else { throw lost() }
            try flush()
            // 0: the buffers were full, and are empty now.
            if sent == 1 { start += count }
        }
    }

    /// Ends the COPY, if one is open, and waits for what the server says to its rows.
    func endCopy() throws(ServerError) {
        if copyState == .none { return }
        if copyState == .requested { try awaitCopy() }
        copyState = .none
        guard unsafe PQputCopyEnd(raw, nil) == 1 else { throw lost() }
        _ = try finish()
    }

    /// Has the server forget the rows of an open COPY.
    func abandonCopy() {
        if copyState == .none { return }
        if copyState == .requested { try? awaitCopy() }
        guard copyState == .running else { return }
        copyState = .none
        if unsafe PQputCopyEnd(raw, "given up") == 1 { _ = try? finish() }
    }

    private func awaitCopy() throws(ServerError) {
        copyState = .none
        try flush()
        while let result = unsafe try nextResult() {
            let status = unsafe PQresultStatus(result)
            defer { unsafe PQclear(result) }
            if status == PGRES_COPY_IN {
                copyState = .running
                return
            }
            if let error = unsafe ServerError(result, isLost: isBroken) {
                _ = try? finish()
                throw error
            }
        }
        throw ServerError(lost: "the server did not begin the COPY")
    }
}
