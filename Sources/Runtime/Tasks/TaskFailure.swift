internal import ConnectorKit

/// Why a task ended before its time.
public struct TaskFailure: Error, Sendable, CustomStringConvertible {
    /// What starting again can do about it.
    enum Remedy: Sendable {
        /// A new start mends it once the other system is back: as often as it takes.
        case restart
        /// A new start may mend it: so many in a row as the policy allows.
        case limitedRestart
        /// Nothing, until somebody changes a setting, a permission or the data.
        case none

        init(_ kind: ConnectorError.Kind) {
            switch kind {
            case .retriable, .restartable: self = .restart
            case .rejected, .fatal: self = .limitedRestart
            case .configuration: self = .none
            }
        }
    }

    /// One sentence: what failed, where, and what to do.
    public let message: String
    /// What a connector said beside it that may hold a record's content; nil when it said nothing.
    let detail: String?
    /// What starting again can do about it.
    let remedy: Remedy
    /// The least time to wait before starting again, as the other system asked; nil leaves it to the policy.
    let retryAfter: Duration?

    /// The sentence.
    public var description: String { message }

    /// What the log and the status say.
    func message(_ policy: ErrorPolicy) -> String {
        policy.isRecordLogged ? detail.map { "\(message): \($0)" } ?? message : message
    }

    init(
        _ message: String, detail: String? = nil, _ remedy: Remedy = .limitedRestart, retryAfter: Duration? = nil
    ) {
        self.message = message
        self.detail = detail
        self.remedy = remedy
        self.retryAfter = retryAfter
    }

    /// Wraps what a connector threw; an error that is no ``ConnectorError`` counts as `fatal`.
    init(_ error: any Error, during what: String) {
        if let failure = error as? TaskFailure {
            self = failure
            return
        }
        let known = error as? ConnectorError
        self.init(
            "\(what): \(error)", detail: known?.detail, Remedy(known?.kind ?? .fatal), retryAfter: known?.retryAfter)
    }

    /// Wraps what the worker's own store threw.
    init(_ error: StateError, during what: String) {
        self.init(
            "\(what): \(error)",
            error.kind == .corrupted ? .none : error.kind == .unavailable ? .restart : .limitedRestart)
    }
}
