/// Writes records to another system, one instance for each task.
///
/// The worker makes an instance and drives it from one thread of its own: ``start(_:)`` once, then ``put(_:report:)``,
/// ``settle(_:report:waiting:)`` and ``flush()`` in turn, then ``stop()`` once. No two of these calls overlap, so an
/// implementation needs no locks and may block its thread on I/O. Only ``StopSignal`` reaches it from outside meanwhile.
///
/// A thrown ``ConnectorError`` says by its kind what the worker does; any other error counts as `fatal`.
public protocol Sink: AnyObject {
    /// Opens connections and recovers what an earlier run left unfinished.
    ///
    /// Called once, before anything else, and bounded by ``SinkContext/deadline`` (`task.start.timeout.ms`): at the deadline
    /// ``SinkContext/stop`` is set, and however late this returns, the start has failed. Nothing of the task is started again
    /// before that. A throw fails the task, which is started again as the error's kind says; ``stop()`` is called all the
    /// same.
    ///
    /// - Returns: The positions stored together with the data, which override the worker's own, so that nothing is
    ///   written twice; nil when this sink stores none. When the source claims its partitions
    ///   (``SinkContext/claimsPartitions``) only whether it is nil counts.
    func start(_ context: SinkContext) async throws -> [Position]?

    /// Takes partitions over from whoever wrote for them before, and gives what is stored of them.
    ///
    /// Called when the source has been given `partitions`, and everything of them that this task took earlier is flushed.
    /// Once this returns, no other task of any worker can make a position of them durable, nor the records that it took
    /// with it: its next ``flush()`` fails. An owner that was killed, stopped or cut off with a transaction open may be
    /// waited for, but only for a bounded time that the sink's documentation names. Positions of claimed partitions are kept
    /// until they are replaced, since other workers have no other place to find them. A `retriable` throw is followed by
    /// another call.
    ///
    /// - Returns: The newest position stored of each of the partitions, as far as there is one.
    func claim(_ partitions: [PositionFields]) async throws -> [Position]

    /// Takes the deliverable records of `batch` in order, and the positions they reach (``RecordBatch/marks``).
    ///
    /// The batch may hold no deliverable record at all and still move the position. It is the worker's: copy what must
    /// outlive the call. A record the other system refuses is named in `report` and its neighbours are written all the
    /// same. A `retriable` throw means that nothing of this batch was taken, and the same batch comes again after a
    /// backoff.
    ///
    /// A sink whose system takes records before it has stored earlier ones need not wait: it says that the batch is under
    /// way (``PutReport/isUnderWay``) and tells the rest in ``settle(_:report:waiting:)``.
    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws

    /// Tells what became of the oldest batch that is under way, as ``put(_:report:)`` would have done had it waited.
    ///
    /// Called until it has told, before the next ``flush()`` and before too many batches are under way. A `retriable`
    /// throw is followed by another call.
    ///
    /// - Parameters:
    ///   - batch: The batch as it was put.
    ///   - report: Filled in once the outcome is known; ``PutReport/isUnderWay`` has no meaning here.
    ///   - waiting: Whether to block until the outcome is known. Otherwise the sink has had nothing else to do for a moment,
    ///     and should not block for long.
    /// - Returns: Whether it is known. Always true when `waiting`.
    func settle(_ batch: borrowing RecordBatch, report: inout PutReport, waiting: Bool) async throws -> Bool

    /// Makes everything taken so far durable, and the positions with it in the same step where the other system can.
    ///
    /// Called every `offset.flush.interval.ms` once something was put, also when nothing new was taken since, so that
    /// a sink can act on the passing of time; and before a stop. Not called while the last ``PutReport/isDurable`` said
    /// that there is no need. Until this returns no position is committed and nothing is acknowledged to the source.
    /// Records refused by ``put(_:report:)`` are safe in the dead letter queue before this is called. A `retriable`
    /// throw is followed by another call.
    func flush() async throws

    /// Closes what ``start(_:)`` opened; what was not flushed must not become visible.
    ///
    /// Called once, last, also after a failure, and then with ``SinkContext/stop`` set. Returns within about a second of
    /// that, and otherwise within `task.shutdown.graceful.timeout.ms`. A throw makes the end of the task a failure.
    func stop() async throws
}

extension Sink {
    /// Opens nothing and stores no positions.
    public func start(_ context: SinkContext) async throws -> [Position]? { nil }
    /// Stores no positions, so there is nothing to take over.
    public func claim(_ partitions: [PositionFields]) async throws -> [Position] { [] }
    /// Never leaves a batch under way, so there is nothing to tell.
    public func settle(_ batch: borrowing RecordBatch, report: inout PutReport, waiting: Bool) async throws -> Bool {
        true
    }
    /// Holds nothing back, so there is nothing to do.
    public func flush() async throws {}
    /// Closes nothing.
    public func stop() async throws {}
}

/// What became of the records of one ``Sink/put(_:report:)``.
public struct PutReport: Sendable {
    /// Records that can never be delivered.
    public private(set) var rejections: [Rejection] = []
    /// Records that were not taken and should come again, with the reason; their neighbours were taken.
    public private(set) var retries: [Rejection] = []
    /// Whether everything taken so far, this batch included, is durable already, so that no flush is needed.
    public var isDurable = false
    /// Whether all of this is told later, by ``Sink/settle(_:report:waiting:)``; the rest of the report is passed over then.
    public var isUnderWay = false

    /// An empty report: everything was taken.
    public init() {}

    /// Says that the record at `index` of the batch can never be delivered.
    public mutating func reject(_ index: Int, _ error: ConnectorError) {
        rejections.append(Rejection(recordIndex: index, stage: .put, error: error))
    }

    /// Says that the record at `index` of the batch was not taken and should be put again after a backoff.
    public mutating func retry(_ index: Int, _ error: ConnectorError) {
        retries.append(Rejection(recordIndex: index, stage: .put, error: error))
    }
}
