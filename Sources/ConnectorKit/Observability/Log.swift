/// Messages for the operator.
///
/// A value: copy it freely. Write what happened as a constant sentence and put the particulars in fields.
public struct Log: Sendable {
    /// How much a message matters.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        /// For finding a fault.
        case debug
        /// The course of things.
        case info
        /// Something to look into; work goes on.
        case warning
        /// Something failed.
        case error

        /// By weight.
        public static func < (left: Level, right: Level) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// One message.
    public struct Entry: Sendable {
        /// How much it matters.
        public let level: Level
        /// What happened.
        public let message: String
        /// The particulars, in order.
        public let fields: [(String, String)]

        /// Makes a message.
        public init(level: Level, message: String, fields: [(String, String)]) {
            self.level = level
            self.message = message
            self.fields = fields
        }
    }

    private let minimum: Level
    private let context: [(String, String)]
    private let handler: @Sendable (Entry) -> Void

    /// Sends messages of at least `minimum` to `handler`, which is called from any thread.
    public init(minimum: Level = .info, handler: @escaping @Sendable (Entry) -> Void) {
        self.init(minimum: minimum, context: [], handler: handler)
    }

    private init(minimum: Level, context: [(String, String)], handler: @escaping @Sendable (Entry) -> Void) {
        self.minimum = minimum
        self.context = context
        self.handler = handler
    }

    /// Drops every message.
    public static var silent: Log { Log(minimum: .error) { _ in } }

    /// The same log with fields that stand in every message.
    public func with(_ fields: (String, String)...) -> Log {
        Log(minimum: minimum, context: context + fields, handler: handler)
    }

    /// For finding a fault.
    public func debug(_ message: String, _ fields: (String, String)...) { write(.debug, message, fields) }
    /// The course of things.
    public func info(_ message: String, _ fields: (String, String)...) { write(.info, message, fields) }
    /// Something to look into; work goes on.
    public func warning(_ message: String, _ fields: (String, String)...) { write(.warning, message, fields) }
    /// Something failed.
    public func error(_ message: String, _ fields: (String, String)...) { write(.error, message, fields) }

    private func write(_ level: Level, _ message: String, _ fields: [(String, String)]) {
        if level >= minimum { handler(Entry(level: level, message: message, fields: context + fields)) }
    }
}
