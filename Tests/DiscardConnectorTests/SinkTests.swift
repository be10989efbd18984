import ConnectorKit
import Testing

@testable import DiscardConnector

@Suite("Discard sink")
struct SinkTests {
    @Test("Deliverable records are counted, dropped ones are not, and all of it is durable at once")
    func counts() async throws {
        let sink = DiscardSink.definition.make()
        let metrics = Metrics()
        let config = try ConfigValues(json: "{}", definition: DiscardSink.definition.config)
        #expect(try await sink.start(SinkContext(config: config, metrics: metrics)) == nil)
        var batch = RecordBatch()
        for number in 0..<3 { try batch.append(value: number) }
        batch.drop(1)
        var report = PutReport()
        try await sink.put(batch, report: &report)
        #expect(report.isDurable)
        #expect(metrics.values == ["discarded_records": 2])
    }
}
