import CPostgres
import ConnectorKit
import Glibc

/// A column of a result.
struct ResultColumn: Sendable, Hashable {
    let name: String
    /// The type's number in `pg_type`; of a domain that of what it is made of.
    let type: UInt32
}

extension Connection {
    /// Sends one statement; the server refuses a second one behind it.
    func send(one sql: String) throws(ServerError) {
        guard unsafe PQsendQueryParams(raw, sql, 0, nil, nil, nil, nil, 0) == 1 else { throw lost() }
        try flush()
    }

    /// The columns that a statement gives, which is run for them.
    func columns(of sql: String) throws(ServerError) -> [ResultColumn] {
        try send(one: sql)
        var columns: [ResultColumn] = []
        var failure: ServerError?
        while let result = unsafe try nextResult() {
            if failure == nil { failure = unsafe ServerError(result, isLost: isBroken) }
            columns = unsafe Self.columns(of: result)
            unsafe PQclear(result)
        }
        if let failure { throw failure }
        return columns
    }

    private static func columns(of result: OpaquePointer) -> [ResultColumn] {
        (0..<(unsafe PQnfields(result))).map { index in
            ResultColumn(
                name: unsafe PQfname(result, index).map { unsafe String(cString: $0) } ?? "",
                type: unsafe PQftype(result, index))
        }
    }

    /// A text as SQL has it: in quotes, for the settings of this session.
    func literal(_ text: String) throws(ServerError) -> String {
        guard let quoted = unsafe PQescapeLiteral(raw, text, text.utf8.count) else { throw lost() }
        defer { unsafe PQfreemem(quoted) }
        return unsafe String(cString: quoted)
    }

    /// Waits for more of a COPY.
    func awaitInput() throws(ServerError) {
        try wait(for: Int16(POLLIN), until: deadline, doing: "waiting for a row")
        guard unsafe PQconsumeInput(raw) == 1 else { throw lost() }
    }

    /// Has the server stop what it does for this session, unless the connection is known to be gone.
    func cancel() {
        if !isBroken { unsafe Cancellation(of: raw)?.request(waiting: min(timeout, .seconds(1))) }
    }
}
