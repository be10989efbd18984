import ConnectorKit
import Dispatch

extension SinkCheck {
    static let life: [SinkCheck] = [
        SinkCheck("starts and stops without writing anything") { trial in
            try await trial.start().stop()
            try await trial.expect([])
        },
        SinkCheck("takes a batch without records") { trial in
            let run = try await trial.start()
            try await run.put([], upTo: position(1))
            try await run.flush()
            try await run.stop()
            try await trial.expect([])
        },
        SinkCheck("takes up again what it wrote before a stop") { trial in
            let records = Samples.numbered(20)
            try await trial.write(Array(records.prefix(10)))
            try await trial.write(Array(records.dropFirst(10)))
            try await trial.expect(records)
        },
        SinkCheck("hands back the position of exactly what is stored", where: \.storesPositions) { trial in
            let records = Samples.numbered(20)
            let first = try await trial.start()
            try await first.put(Array(records.prefix(10)), upTo: position(10))
            try await first.flush()
            try await first.put(Array(records.dropFirst(10)), upTo: position(20))
            try await first.stop()
            let second = try await trial.start()
            let reached = second.stored.last { $0.partition == position(0).partition }?.offset["n"]?.int
            try await second.stop()
            try require(
                reached == 10 || reached == 20,
                "expected the stored position to be 10, which was flushed, or 20; it is \(reached.map(String.init) ?? "none")"
            )
            try await trial.expect(Array(records.prefix(Int(reached ?? 0))))
        },
        SinkCheck("returns soon from a write when it is told to end, and can be started again") { trial in
            let stop = StopSignal()
            let run = try await SinkRun(
                trial.subject.definition, trial.place.settings, topic: trial.place.topic, stop: stop)
            DispatchQueue.global().async { stop.request() }
            let report = try? await run.put(Samples.numbered(1000))
            try require(report?.rejections.isEmpty ?? true, "records were refused because the sink was told to end")
            try? await run.stop()
            let last = SampleRecord(key: "5000", value: #"{"id":5000,"name":"last"}"#)
            try await trial.write([last])
            let found = try await trial.place.records().map { try CanonicalJSON.text(of: $0.value) }
            try require(
                found.contains(try CanonicalJSON.text(of: last.value)), "a record written after the start is missing")
        },
    ]

    /// A position behind `count` records.
    static func position(_ count: Int64) -> Position {
        Position(partition: ["kit": "a"], offset: ["n": .int(count)])
    }
}
