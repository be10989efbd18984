import ConnectorKit

extension SinkCheck {
    static let claiming: [SinkCheck] = [
        SinkCheck("gives the newest position of a claimed partition, if there is one", where: \.claimsPartitions) {
            trial in
            let first = try await trial.startClaiming("one")
            try await expect([], of: first.claim(["a", "b"]))
            try await trial.put(0..<10, upTo: position(10), into: first)
            try await trial.flush(first)
            try await expect([position(10)], of: first.claim(["a"]))
            try await trial.put(10..<20, upTo: position(20), into: first)
            try await trial.flush(first)
            // Other workers have no other place to find it, so no later flush may forget it.
            try await first.put([])
            try await trial.flush(first)
            try await trial.flush(first)
            try await first.stop()
            let second = try await trial.startClaiming("two")
            try await expect([position(20)], of: second.claim(["b", "a"]))
            try await second.stop()
            try await trial.expectAll(0..<20)
        },
        SinkCheck("makes nothing durable of a partition that another has claimed meanwhile", where: \.claimsPartitions)
        { trial in
            let first = try await trial.startClaiming("one")
            try await expect([], of: first.claim(["a"]))
            try await trial.put(0..<10, upTo: position(10), into: first)
            try await trial.flush(first)
            try await trial.put(10..<20, upTo: position(20), into: first)
            let second = try await trial.startClaiming("two")
            try await expect([position(10)], of: second.claim(["a"]))
            try await expectFence(of: first)
            try? await first.stop()
            try await trial.put(10..<30, upTo: position(30), into: second)
            try await trial.flush(second)
            try await second.stop()
            try await trial.expectAll(0..<30)
        },
        SinkCheck("makes nothing durable after another has claimed and written", where: \.claimsPartitions) { trial in
            let first = try await trial.startClaiming("one")
            try await expect([], of: first.claim(["a"]))
            let second = try await trial.startClaiming("two")
            try await expect([], of: second.claim(["a"]))
            try await trial.put(0..<10, upTo: position(10), into: second)
            try await trial.flush(second)
            try await trial.put(0..<10, upTo: position(10), into: first)
            try await expectFence(of: first)
            try? await first.stop()
            try await trial.put(10..<20, upTo: position(20), into: second)
            try await trial.flush(second)
            try await second.stop()
            try await trial.expectAll(0..<20)
        },
        SinkCheck("takes a partition back that another had in between", where: \.claimsPartitions) { trial in
            let first = try await trial.startClaiming("one")
            let second = try await trial.startClaiming("two")
            try await expect([], of: first.claim(["a", "b"]))
            for (count, run) in [(1, first), (2, second), (3, first), (4, second)] {
                let stored = count == 1 ? [] : [position(Int64(count - 1) * 10)]
                try await expect(stored, of: run.claim(["a"]))
                try await trial.put((count - 1) * 10..<count * 10, upTo: position(Int64(count) * 10), into: run)
                try await trial.flush(run)
            }
            try await first.stop()
            try await second.stop()
            try await trial.expectAll(0..<40)
        },
        SinkCheck("does not disturb a task that has claimed other partitions", where: \.claimsPartitions) { trial in
            let first = try await trial.startClaiming("one")
            let second = try await trial.startClaiming("two", task: TaskSlot(index: 1, count: 2))
            try await expect([], of: first.claim(["a"]))
            try await trial.put(0..<10, upTo: position(10), into: first)
            // A table that the first record makes is there from now on.
            try await trial.flush(first)
            try await expect([], of: second.claim(["b"]))
            try await trial.put(10..<20, upTo: position(1, of: "b"), into: second)
            try await trial.put(20..<30, upTo: position(20), into: first)
            try await trial.flush(second)
            try await trial.flush(first)
            try await first.stop()
            try await second.stop()
            let third = try await trial.startClaiming("three")
            try await expect([position(20), position(1, of: "b")], of: third.claim(["a", "b"]))
            try await third.stop()
            try await trial.expectAll(0..<30)
        },
        SinkCheck("keeps what it has taken of other partitions when it claims more", where: \.claimsPartitions) {
            trial in
            let first = try await trial.startClaiming("one")
            try await expect([], of: first.claim(["a"]))
            try await trial.put(0..<10, upTo: position(10), into: first)
            try await expect([], of: first.claim(["b"]))
            try await trial.put(10..<20, upTo: position(1, of: "b"), into: first)
            try await trial.flush(first)
            try await first.stop()
            let second = try await trial.startClaiming("two")
            try await expect([position(10), position(1, of: "b")], of: second.claim(["a", "b"]))
            try await second.stop()
            try await trial.expectAll(0..<20)
        },
    ]

    /// A position of another partition than ``position(_:)``.
    private static func position(_ count: Int64, of partition: String) -> Position {
        Position(partition: ["kit": .string(partition)], offset: ["n": .int(count)])
    }

    private static func expect(_ expected: [Position], of stored: [Position]) throws {
        try require(Set(stored) == Set(expected), "expected the claim to give \(expected), not \(stored)")
    }

    private static func expectFence(of run: SinkRun) async throws {
        do {
            try await SinkTrial.again { try await run.flush() }
        } catch let error as ConnectorError {
            return try require(
                error.kind == .restartable || error.kind == .fatal,
                "a flush that lost its partition is to fail the task, not \(error.kind): \(error)"
            )
        }
        throw ConformanceFailure("a flush succeeded although another task had claimed its partition")
    }
}

extension SinkTrial {
    fileprivate func records(_ numbers: Range<Int>) -> [SampleRecord] {
        Samples.numbered(numbers.count, from: numbers.lowerBound)
    }

    fileprivate func put(_ numbers: Range<Int>, upTo position: Position, into run: SinkRun) async throws {
        try await Self.again { try await run.put(records(numbers), upTo: position) }
    }

    fileprivate func flush(_ run: SinkRun) async throws { try await Self.again { try await run.flush() } }

    /// Makes a call again that may succeed later, as the worker does.
    fileprivate static func again(_ call: () async throws -> Void) async throws {
        for _ in 0..<100 {
            do {
                return try await call()
            } catch let error as ConnectorError where error.kind == .retriable {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        try await call()
    }

    /// Compares what the system holds, in any order: several tasks wrote it.
    fileprivate func expectAll(_ numbers: Range<Int>) async throws {
        // What a task that failed left unfinished is finished by one that starts later.
        try await startClaiming("last").stop()
        let spelling = Spelling(
            keepsKeys: traits.keepsKeys, droppingNulls: traits.mixesNullAndAbsent, keepsOrder: false)
        try spelling.expect(records(numbers), try await place.records())
    }

    /// Starts an instance whose source claims its partitions.
    fileprivate func startClaiming(_ worker: String, task: TaskSlot = TaskSlot()) async throws -> SinkRun {
        try await SinkRun(
            subject.definition, place.settings, topic: place.topic, task: task, claimsPartitions: true, worker: worker)
    }
}
