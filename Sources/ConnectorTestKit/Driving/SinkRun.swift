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
    private let topic: String?

    /// Starts the sink with settings, a JSON object; a sink that does not start is stopped all the same.
    public init(
        _ definition: SinkDefinition, _ settings: String, topic: String? = nil, pipeline: String = "conformance",
        stop: StopSignal = StopSignal()
    ) async throws {
        sink = definition.make()
        self.topic = topic
        stopSignal = stop
        let values = try ConfigValues(json: settings, definition: definition.config)
        do {
            stored =
                try await sink.start(SinkContext(config: values, pipeline: pipeline, stop: stop, log: log.log)) ?? []
        } catch {
            try? await sink.stop()
            throw error
        }
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
        if report.isUnderWay {
            report = PutReport()
            let isKnown = try await sink.settle(batch, report: &report, waiting: true)
            try require(isKnown, "the sink did not wait when it was asked what became of a batch")
        }
        self.report = report
        return report
    }

    /// Flushes, unless the last put said that everything is durable.
    public func flush() async throws {
        if !report.isDurable { try await sink.flush() }
    }

    /// Stops the sink.
    public func stop() async throws { try await sink.stop() }
}
