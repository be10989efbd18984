/// Reads records from another system, one instance for each task.
///
/// The worker makes an instance and drives it from one thread of its own: ``start(_:)`` once, then ``poll(into:)`` and
/// ``commit(_:)`` in turn, then ``stop()`` once. No two of these calls overlap, so an implementation needs no locks and
/// may block its thread on I/O; other tasks do not wait for it. Only ``StopSignal`` reaches it from outside meanwhile.
///
/// A thrown ``ConnectorError`` says by its kind what the worker does; any other error counts as `fatal`.
public protocol Source: AnyObject {
    /// Opens connections and finds the place to read from.
    ///
    /// Called once, before anything else, and bounded by ``SourceContext/deadline`` (`task.start.timeout.ms`): at the deadline
    /// ``SourceContext/stop`` is set, and however late this returns, the start has failed. Nothing of the task is started
    /// again before that. A throw fails the task, which is started again as the error's kind says; ``stop()`` is called all
    /// the same.
    func start(_ context: SourceContext) async throws

    /// Appends the next records to `batch` and marks how far they reach with ``RecordBatch/mark(_:)``.
    ///
    /// Called again and again. `batch` is empty and is the worker's: fill it to at most ``BatchLimit``, never keep it.
    /// Return as soon as there is something; never wait longer than about a second without looking at
    /// ``StopSignal/isRequested``: to wait, return ``Poll/idle(_:)``. Records appended before a throw are discarded, and
    /// a `retriable` error is followed by another call after a backoff; so move the reading place on only when this
    /// returns.
    func poll(into batch: inout RecordBatch) async throws -> Poll

    /// Learns that everything up to `positions` is durable in every sink and in the worker's own store.
    ///
    /// Called between polls, at most once every `offset.flush.interval.ms`, with the newest position of each partition
    /// that moved. Only now may a record be acknowledged to the other system. A `retriable` error is tried again with
    /// the next positions; it never loses data, it can only repeat some after a restart.
    func commit(_ positions: [Position]) async throws

    /// Closes what ``start(_:)`` opened.
    ///
    /// Called once, last, also after a failure, always with ``SourceContext/stop`` set: returns within about a second. Nothing
    /// is called afterwards.
    func stop() async
}

extension Source {
    /// Opens nothing.
    public func start(_ context: SourceContext) async throws {}
    /// Acknowledges nothing.
    public func commit(_ positions: [Position]) async throws {}
    /// Closes nothing.
    public func stop() async {}
}

/// What a call of ``Source/poll(into:)`` came to.
public enum Poll: Sendable, Hashable {
    /// There may be more: poll again at once.
    case more
    /// There is nothing more for now: poll again after this time, or earlier at the worker's choice.
    case idle(Duration)
    /// There will never be more; the task ends when what was read is durable.
    case finished
}

/// How much one batch should hold: whichever comes first.
public enum BatchLimit {
    /// Records.
    public static let records = 1000
    /// Bytes of text; beyond this a batch no longer fits the processor's cache, and everything slows down.
    public static let bytes = 256 << 10
}
