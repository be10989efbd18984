import ConnectorKit

/// Takes every record and keeps none; for measuring, and for pipelines of which only the counts matter.
final class DiscardSink: Sink {
    static let definition = SinkDefinition(
        "discard",
        documentation: "Takes every record and keeps none. The metric `discarded_records` counts them.",
        waitsOnIO: false,
        make: { DiscardSink() })

    private var counter = Counter()

    func start(_ context: SinkContext) async throws -> [Position]? {
        counter = context.metrics.counter("discarded_records")
        return nil
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        counter.add(batch.deliverableCount)
        report.isDurable = true
    }
}
