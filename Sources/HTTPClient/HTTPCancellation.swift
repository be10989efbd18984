import Synchronization

/// Ends a running ``HTTPClient/send(_:)`` from any thread, and every later one.
///
/// curl asks at least once a second, so a request that hangs ends within about a second.
public final class HTTPCancellation: Sendable {
    private let flag = Atomic(false)

    /// Not cancelled.
    public init() {}

    /// Whether ``cancel()`` was called.
    public var isCancelled: Bool { flag.load(ordering: .acquiring) }

    /// Asks the running request to end; may be called more than once.
    public func cancel() { flag.store(true, ordering: .releasing) }
}
