import ConnectorKit

extension SinkCheck {
    static let failing: [SinkCheck] = [
        SinkCheck("refuses a bad record alone", where: \.refusesSomething) { trial in
            var records = Samples.numbered(9)
            records[4].value = trial.traits.refused ?? ""
            try await refuse(4, of: records, trial)
        },
        SinkCheck("refuses a bad record at the edges of a batch", where: \.refusesSomething) { trial in
            var records = Samples.numbered(3)
            records[0].value = trial.traits.refused ?? ""
            try await refuse(0, of: records, trial)
            records = Samples.numbered(3, from: 10)
            records[2].value = trial.traits.refused ?? ""
            let run = try await trial.start()
            let report = try await run.put(records)
            try await run.flush()
            try await run.stop()
            try require(report.rejections.map(\.recordIndex) == [2], "expected record 2 alone to be refused: \(report)")
        },
        SinkCheck("tells of each of several batches what was refused in it", where: \.refusesSomething) { trial in
            var records = Samples.numbered(9)
            for bad in [2, 3, 7] { records[bad].value = trial.traits.refused ?? "" }
            let run = try await trial.start()
            let reports = try await run.put(batches: [
                Array(records[..<3]), Array(records[3..<5]), [], Array(records[5...]),
            ])
            try await run.flush()
            try await run.stop()
            let refused = reports.map { $0.rejections.map(\.recordIndex) }
            try require(
                refused == [[2], [0], [], [2]],
                "expected the last, the first, none and the third record to be refused, not \(refused)")
            try await trial.expect([0, 1, 4, 5, 6, 8].map { records[$0] })
        },
        SinkCheck("refuses a tombstone alone", where: \.refusesTombstones) { trial in
            var records = Samples.numbered(3)
            records[1].value = "null"
            try await refuse(1, of: records, trial)
        },
        SinkCheck("says that a system is out of reach, without a secret", where: \.canBeUnreachable) { trial in
            do {
                try await trial.start(trial.traits.unreachable).stop()
            } catch {
                return try expectNone(of: trial.traits.secrets, in: "\(error)")
            }
            throw ConformanceFailure("the sink started without its system")
        },
        SinkCheck("writes no secret to its log", where: \.hasSecrets) { trial in
            let run = try await trial.start()
            try await run.put(Samples.numbered(2))
            try await run.flush()
            try await run.stop()
            try expectNone(of: trial.traits.secrets, in: run.log.text)
        },
    ]

    private static func refuse(_ bad: Int, of records: [SampleRecord], _ trial: SinkTrial) async throws {
        let run = try await trial.start()
        let report = try await run.put(records)
        try await run.flush()
        try await run.stop()
        try require(
            report.retries.isEmpty, "a record that can never be delivered is to be put again: \(report.retries)")
        try require(
            report.rejections.map(\.recordIndex) == [bad],
            "expected record \(bad) of \(records.count) to be refused alone: \(report.rejections)")
        var good = records
        good.remove(at: bad)
        try await trial.expect(good)
    }
}
