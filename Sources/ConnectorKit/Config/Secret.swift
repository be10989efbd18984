/// A text that must not be shown: printing it, in any way, gives a placeholder.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown instead, as Kafka Connect shows it.
    public static let placeholder = "[hidden]"

    /// The text itself: hand it to the system it is for, and to nothing else.
    public let revealed: String

    /// Wraps a text.
    public init(_ text: String) { revealed = text }

    /// The placeholder.
    public var description: String { Self.placeholder }
    /// The placeholder.
    public var debugDescription: String { Self.placeholder }
    /// Nothing but the placeholder.
    public var customMirror: Mirror { Mirror(self, children: ["": Self.placeholder]) }
}
