public import ConnectorKit

/// Polls a source as the worker does, without waiting: an idle source moves a manual clock on.
public final class SourceDriver {
    /// The values of all records, one JSON text each, in order.
    public private(set) var lines: [String] = []
    /// The topics of all records.
    public private(set) var topics: Set<String> = []
    /// The timestamps of all records.
    public private(set) var timestamps: [Int64?] = []
    /// The newest position of each partition.
    public private(set) var positions: [Position] = []
    /// Every pause asked for.
    public private(set) var pauses: [Duration] = []
    /// Messages of the source's log.
    public let log = LogRecorder()
    /// The source's numbers.
    public let metrics = Metrics()
    /// The source's time.
    public let clock = ManualClock()
    /// Set to end the source.
    public let stop = StopSignal()

    private let source: any Source
    private let claims = PartitionClaims()
    private var batch = RecordBatch()

    /// Starts the source with checked settings and stored positions.
    public init(
        _ definition: SourceDefinition, _ json: String, positions: [Position] = [], task: TaskSlot = TaskSlot()
    ) async throws {
        source = definition.make()
        self.positions = positions
        let values = try ConfigValues(json: json, definition: definition.config)
        try await source.start(
            SourceContext(
                config: values, task: task, positions: definition.claimsPartitions ? [] : positions, claims: claims,
                stop: stop, log: log.log, metrics: metrics, clock: clock.clock))
    }

    /// Polls once and takes what came.
    @discardableResult
    public func poll() async throws -> Poll {
        batch.reset()
        claims.answer(from: positions)
        let result = try await source.poll(into: &batch)
        take()
        if case .idle(let pause) = result {
            pauses.append(pause)
            clock.advance(pause)
        }
        return result
    }

    /// Polls until the source has finished; false when it has not after `limit` polls.
    public func run(limit: Int = 1000) async throws -> Bool {
        for _ in 0..<limit where try await poll() == .finished { return true }
        return false
    }

    /// Polls until the source wants to wait; false when it does not within `limit` polls.
    public func runUntilIdle(limit: Int = 1000) async throws -> Bool {
        for _ in 0..<limit {
            if case .idle = try await poll() { return true }
        }
        return false
    }

    private func take() {
        for index in 0..<batch.count where batch.isDeliverable(index) {
            let record = batch[index]
            lines.append(record.value.jsonText)
            timestamps.append(record.timestamp)
            if let topic = record.topic { topics.insert(topic) }
        }
        for mark in batch.marks {
            positions.removeAll { $0.partition == mark.position.partition }
            positions.append(mark.position)
        }
    }
}
