public import ConnectorKit
import Synchronization

/// Keeps the messages of a log.
public final class LogRecorder: Sendable {
    private let entries = Mutex<[Log.Entry]>([])

    /// No messages.
    public init() {}

    /// Writes here, every level included.
    public var log: Log { Log(minimum: .debug) { entry in self.entries.withLock { $0.append(entry) } } }

    /// The sentences so far, in order.
    public var messages: [String] { entries.withLock { $0.map(\.message) } }

    /// Everything written so far as one text, fields included: for looking for what must not be there.
    public var text: String {
        entries.withLock { entries in
            entries.map { "\($0.message) \($0.fields.map { "\($0.0)=\($0.1)" })" }.joined(separator: "\n")
        }
    }
}
