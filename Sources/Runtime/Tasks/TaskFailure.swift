internal import ConnectorKit

/// Why a task ended before its time.
public struct TaskFailure: Error, Sendable, CustomStringConvertible {
    /// One sentence: what failed, where, and what to do.
    public let message: String
    /// Whether starting again is useless until somebody changes a setting, a permission or the data.
    public let isPermanent: Bool

    /// The sentence.
    public var description: String { message }

    init(_ message: String, isPermanent: Bool = false) {
        self.message = message
        self.isPermanent = isPermanent
    }

    /// Wraps what a connector threw; an error that is no ``ConnectorError`` counts as `assuming`.
    init(_ error: any Error, during what: String, assuming: ConnectorError.Kind = .fatal) {
        if let failure = error as? TaskFailure {
            self = failure
            return
        }
        let kind = (error as? ConnectorError)?.kind ?? assuming
        self.init("\(what): \(error)", isPermanent: kind == .configuration)
    }
}
