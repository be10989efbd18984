import CPostgres
import ConnectorKit

/// What the server or the connection to it answered instead of doing what was asked.
struct ServerError: Error {
    /// What the failure means for the transaction, from PostgreSQL's "Appendix A. PostgreSQL Error Codes".
    enum Meaning {
        /// The session is gone or no longer of use, and the transaction with it.
        case lost
        /// The server undid the transaction, and it may succeed when begun again.
        case undone
        /// The statement may succeed later, in the same transaction.
        case busy
        /// A table or a column is no longer what it was.
        case outdated
        /// The rows cannot be stored.
        case badRow
        /// A name, a password or a permission is wrong.
        case configuration
        /// Anything else.
        case other
    }

    /// The SQLSTATE; empty when the failure is not the server's.
    let state: String
    /// What happened, without a line break; never a secret, nor anything of a row.
    private(set) var message: String
    /// What the server says besides, which may quote a row; nil when it says no more.
    private(set) var detail: String?
    /// What to do about it.
    let meaning: Meaning

    /// A connection that broke or never answered.
    init(lost message: String) {
        state = ""
        self.message = Self.firstLine(of: message)
        meaning = .lost
    }

    /// A connection that was refused, with the text of `PQERRORS_VERBOSE`.
    init(refusal text: String) {
        let found = Self.state(in: text)
        state = found ?? ""
        let line = Self.firstLine(of: text)
        message = found.map { Self.removing("\($0): ", from: line) } ?? line
        meaning = found.map { Self.meaning(of: $0) } ?? (Self.isHopeless(line) ? .configuration : .lost)
    }

    /// Whether no later attempt can do better: libpq gives only a text for what it refuses itself.
    ///
    /// Its own texts are in English, as this process sets no locale.
    private static func isHopeless(_ line: String) -> Bool {
        [
            "server does not support SSL", "certificate verify failed", "certificate file", "private key file",
            "does not match host name", "server requires SSL", "authentication method", "no password supplied",
        ].contains { line.contains($0) } || line.hasPrefix("invalid ")
    }

    /// The failure that a result tells of; nil when it tells of none.
    init?(_ result: OpaquePointer, isLost: Bool) {
        let status = unsafe PQresultStatus(result)
        guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE else { return nil }
        let report = unsafe ServerReport(result)
        state = report.state
        meaning = isLost ? .lost : report.meaning
        let isAboutRow = meaning == .badRow
        message = isAboutRow ? report.place : Self.firstLine(of: report.primary)
        detail = report.words(isAboutRow ? [report.primary] : [])
    }

    /// Goes by the SQLSTATE of a connection that was refused.
    private static func meaning(of state: String) -> Meaning {
        switch state {
        case "57P04", "3D000", "3F000", "42501": .configuration
        case _ where state.hasPrefix("28"): .configuration
        case _ where state.hasPrefix("53"): .busy
        case _ where state.hasPrefix("08") || state.hasPrefix("57") || state.hasPrefix("25"): .lost
        default: .other
        }
    }

    /// Whether a change of a table names a type that is not there, or is none: all other parts of it are quoted.
    var isUnknownType: Bool { state == "42704" || state == "42601" }

    /// Whether a table cannot be changed for one record; other records may do without the change.
    var refusesChange: Bool {
        switch meaning {
        // Another session may have made the same table at the same moment.
        case .badRow: return state != "23505"
        // Columns that are there are passed over, so the name is one of the server's own, such as xmin.
        case .outdated: return state == "42701"
        case .other: return ["0A", "2B", "42"].contains(state.prefix(2))
        case .lost, .undone, .busy, .configuration: return false
        }
    }

    static func firstLine(of text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "the connection was closed"
    }

    /// The last five-character code between ": " and ": ", as in `FATAL:  28P01: password authentication failed`.
    private static func state(in text: String) -> String? {
        text.split(whereSeparator: { $0 == " " || $0.isNewline }).last { word in
            word.utf8.count == 6 && word.hasSuffix(":")
                && word.dropLast().utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
                && word.utf8.contains { (48...57).contains($0) }
        }
        .map { String($0.dropLast()) }
    }

    private static func removing(_ part: String, from text: String) -> String {
        guard let range = text.firstRange(of: part) else { return text }
        return String(text[..<range.lowerBound] + text[range.upperBound...])
    }
}

extension ServerError {
    /// What the worker is told when nothing of the transaction is left to lose.
    func connectorError(_ what: String) -> ConnectorError {
        let kind: ConnectorError.Kind =
            switch meaning {
            case .lost, .undone, .busy, .outdated: .retriable
            case .badRow: .rejected
            case .configuration: .configuration
            case .other: .fatal
            }
        return ConnectorError(kind, "\(what): \(message)\(advice)", detail: detail, native: native)
    }

    /// What to do about a refusal whose words do not say it.
    private var advice: String {
        guard state == "42P10", meaning == .configuration else { return "" }
        return "; insert.mode upsert needs a primary key or a unique constraint on exactly the columns of pk.fields"
    }

    var native: String? { state.isEmpty ? nil : state }
}

extension ServerError {
    /// The same with what to do about it.
    func advising(_ advice: String) -> ServerError { ServerError(self, saying: "\(message); \(advice)") }

    private init(_ error: ServerError, saying message: String) {
        self = error
        self.message = message
    }

    /// The lock of a task that another session has.
    init(held lock: String, by pid: String?) {
        state = "55P03"
        message =
            "another session still writes as this task and holds its lock \(lock)"
            + (pid.map { " (pid \($0) in pg_stat_activity)" } ?? "")
            + "; stop the other worker, or end its session with pg_terminate_backend"
        meaning = .busy
    }

    /// An owner of partitions that stands still and cannot be ended.
    init(standing refusal: ServerError) {
        state = refusal.state
        message =
            "a former owner stands still while it stores their positions, and its session cannot be ended "
            + "(\(refusal.message)); let both workers log in as one user, or grant pg_signal_backend"
        meaning = refusal.meaning == .lost ? .lost : .busy
    }

    /// A privilege that the sink will need and does not have.
    init(lacking privilege: String, on object: String, for user: String) {
        state = "42501"
        message = "GRANT \(privilege) ON \(object) TO \(quoted(user)) is missing, which the settings need"
        meaning = .configuration
    }

    /// A table that must be there and is not.
    init(missing table: TableName) {
        state = "42P01"
        message = "table \(table) does not exist; create it, or set auto.create to true"
        meaning = .configuration
    }
}
