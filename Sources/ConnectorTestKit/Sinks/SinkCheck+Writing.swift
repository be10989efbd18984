import ConnectorKit

extension SinkCheck {
    static let writing: [SinkCheck] = [
        SinkCheck("has made durable what it took when a flush returns") { trial in
            let records = Samples.numbered(30)
            let run = try await trial.start()
            for first in stride(from: 0, to: 30, by: 10) { try await run.put(Array(records[first..<first + 10])) }
            try await run.flush()
            let held = try await trial.place.records().count
            try await run.stop()
            try require(
                held == 30 || !trial.traits.showsFlushed, "after the flush the system holds \(held) of 30 records")
            try await trial.expect(records)
        },
        SinkCheck("takes several batches before it is asked what became of them") { trial in
            let records = Samples.numbered(30)
            let run = try await trial.start()
            let reports = try await run.put(batches: [
                Array(records[..<10]), [], Array(records[10..<11]), Array(records[11...]),
            ])
            try await run.flush()
            try await run.stop()
            let faults = reports.flatMap { $0.rejections + $0.retries }
            try require(faults.isEmpty, "expected nothing to be refused or put again: \(faults)")
            try await trial.expect(records)
        },
        SinkCheck("keeps every JSON type") { trial in
            try await trial.write(Samples.types)
            try await trial.expect(Samples.types)
        },
        SinkCheck("keeps every text") { trial in
            try await trial.write(Samples.texts)
            try await trial.expect(Samples.texts)
        },
        SinkCheck("keeps a large value between small ones") { trial in
            let records = Samples.large(trial.traits.largest)
            try await trial.write(records)
            try await trial.expect(records)
        },
        SinkCheck("leaves out records that were dropped or rejected before") { trial in
            let records = Samples.numbered(6)
            let run = try await trial.start()
            try await put(records, without: (1, 4), into: run, topic: trial.place.topic)
            try await run.flush()
            try await run.stop()
            try await trial.expect([0, 2, 3, 5].map { records[$0] })
        },
        SinkCheck("writes tombstones", where: \.keepsTombstones) { trial in
            var records = Samples.numbered(3)
            records[1].value = "null"
            try await trial.write(records)
            try await trial.expect(records)
        },
        SinkCheck("deletes what a tombstone names", where: \.deletesByTombstone) { trial in
            let records = Samples.numbered(4)
            try await trial.write(records)
            try await trial.write([SampleRecord(key: records[1].key, value: "null")])
            try await trial.expect([0, 2, 3].map { records[$0] })
            try await trial.write([
                SampleRecord(key: records[2].key, value: "null"), records[1],
                SampleRecord(key: records[1].key, value: "null"), records[2],
            ])
            try await trial.expect([0, 2, 3].map { records[$0] })
        },
    ]

    /// Puts the records, of which one was dropped and one rejected by a transform.
    private static func put(
        _ records: [SampleRecord], without gone: (Int, Int), into run: SinkRun, topic: String?
    ) async throws {
        var batch = RecordBatch()
        for record in records { try record.append(to: &batch, topic: topic) }
        batch.drop(gone.0)
        batch.reject(gone.1, Rejection(recordIndex: gone.1, stage: .transformation, error: .rejected("by the check")))
        try await run.put(batch)
    }
}
