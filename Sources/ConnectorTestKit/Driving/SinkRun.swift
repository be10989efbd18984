public import ConnectorKit

/// Drives a sink as the worker does, one call at a time.
public final class SinkRun {
    /// The positions that the sink handed back at its start.
    public private(set) var stored: [Position] = []
    /// The last put's report.
    public private(set) var report = PutReport()
    /// Messages of the sink's log.
    public let log = LogRecorder()
    /// Set to end the sink.
    public let stopSignal: StopSignal
    private let sink: any Sink
    private let storesPositions: Bool
    private let topic: String?

    /// Starts the sink with settings, a JSON object; a sink that does not start is stopped all the same.
    public init(
        _ definition: SinkDefinition, _ settings: String, topic: String? = nil, pipeline: String = "conformance",
        task: TaskSlot = TaskSlot(), claimsPartitions: Bool = false, worker: String = "conformance",
        stop: StopSignal = StopSignal()
    ) async throws {
        sink = definition.make()
        self.topic = topic
        stopSignal = stop
        let values = try ConfigValues(json: settings, definition: definition.config)
        do {
            let positions = try await sink.start(
                SinkContext(
                    config: values, pipeline: pipeline, task: task, claimsPartitions: claimsPartitions, worker: worker,
                    stop: stop, log: log.log))
            storesPositions = positions != nil
            stored = positions ?? []
        } catch {
            try? await sink.stop()
            throw error
        }
    }

    /// Has the sink take over partitions, each named as `{"kit": name}`; everything put must be flushed before if it is of
    /// them.
    public func claim(_ names: [String]) async throws -> [Position] {
        try await sink.claim(names.map { ["kit": .string($0)] })
    }

    /// Puts the records, and a position behind them.
    @discardableResult
    public func put(_ records: [SampleRecord], upTo position: Position? = nil) async throws -> PutReport {
        var batch = RecordBatch()
        for record in records { try record.append(to: &batch, topic: topic) }
        if let position { batch.mark(position) }
        return try await put(batch)
    }

    /// Puts a batch, and waits until the sink has told what became of it.
    @discardableResult
    public func put(_ batch: borrowing RecordBatch) async throws -> PutReport {
        var report = PutReport()
        try await sink.put(batch, report: &report)
        if report.isUnderWay { report = try await outcome(of: batch) }
        self.report = report
        return report
    }

    /// Puts several batches, and waits for none before all are put, unless the sink does.
    ///
    /// - Returns: What became of each.
    public func put(batches: [[SampleRecord]]) async throws -> [PutReport] {
        var reports: [PutReport] = []
        var underWay: [Held] = []
        for records in batches {
            let held = Held(number: reports.count)
            for record in records { try record.append(to: &held.batch, topic: topic) }
            var report = PutReport()
            try await sink.put(held.batch, report: &report)
            reports.append(report)
            if report.isUnderWay {
                underWay.append(held)
            } else {
                try await settle(&underWay, &reports)
            }
        }
        try await settle(&underWay, &reports)
        report = reports.last ?? report
        return reports
    }

    /// A batch under way.
    private final class Held {
        let number: Int
        var batch = RecordBatch()

        init(number: Int) { self.number = number }
    }

    private func settle(_ underWay: inout [Held], _ reports: inout [PutReport]) async throws {
        for held in underWay { reports[held.number] = try await outcome(of: held.batch) }
        underWay = []
    }

    /// Asks first as the worker does when it has nothing else to do.
    private func outcome(of batch: borrowing RecordBatch) async throws -> PutReport {
        var report = PutReport()
        if try await sink.settle(batch, report: &report, waiting: false) { return report }
        report = PutReport()
        let isKnown = try await sink.settle(batch, report: &report, waiting: true)
        try require(isKnown, "the sink did not wait when it was asked what became of a batch")
        return report
    }

    /// Flushes, unless the last put said that everything is durable; a sink that stores positions in any case.
    public func flush() async throws {
        if !report.isDurable || storesPositions { try await sink.flush() }
    }

    /// Stops the sink.
    public func stop() async throws { try await sink.stop() }
}
