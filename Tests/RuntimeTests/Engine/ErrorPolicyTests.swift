import ConnectorKit
import TestSupport
import Testing

@testable import Runtime

@Suite("A record that cannot be delivered never takes its neighbours with it", .ownThread, .timeLimit(.minutes(15)))
struct ErrorPolicyTests {
    @Test("with tolerance none the task fails, with the reason and the way out")
    func toleranceNone() async throws {
        let bench = EngineBench(sinks: [.init(rejects: [4])])
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        let failure = try #require(worker.pipelines[0].tasks[0].failure)
        #expect(failure.contains("number 4 is not liked"))
        #expect(failure.contains("errors.tolerance"))
        #expect((bench.store.positions(of: "p").first?.offset["next"]?.int ?? 0) <= 4)
    }

    @Test("with tolerance all and no queue it is skipped and counted")
    func skipped() async throws {
        let bench = EngineBench(sinks: [.init(rejects: [4, 7])], tolerance: .all)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.sinks[0].kept.all == [0, 1, 2, 3, 5, 6, 8, 9])
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 10, delivered: 8, skipped: 2))
    }

    @Test("with a queue it is a dead letter, safe before the position is committed")
    func deadLetters() async throws {
        let journal = Journal()
        let bench = EngineBench(
            source: .init(end: 3, batch: 3), sinks: [.init(rejects: [1], journal: journal)],
            deadLetters: .init(name: "dlq", journal: journal), tolerance: .all, store: MemoryStore(journal: journal))
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 3, delivered: 2, deadLettered: 1))
        #expect(
            journal.all.prefix(5) == [
                "sink put 3", "dlq put 1", "dlq flush", "sink flush", "store commit {\"next\":3}",
            ])
    }

    @Test(
        "what one stage refuses does not hide what another does, in whatever order", arguments: [[Int64(7)], [2]],
        [false, true])
    func twoStages(refusedFirst: [Int64], waitsOnIO: Bool) async throws {
        let bench = EngineBench(
            source: .init(batch: 10), sinks: [.init(rejects: [4])], deadLetters: .init(name: "dlq"),
            transforms: [try FussyTransform.step(refuses: Set(refusedFirst))],
            sinkTransforms: [try FussyTransform.step(refuses: [3])], tolerance: .all, waitsOnIO: waitsOnIO)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.deadLetters?.kept.all.sorted() == (refusedFirst + [3, 4]).sorted())
        #expect(bench.sinks[0].kept.all == (0..<10).filter { !(refusedFirst + [3, 4]).contains($0) })
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 10, delivered: 7, deadLettered: 3))
    }

    @Test("records that transforms make of others are counted", arguments: [false, true])
    func madeOfOthers(inSink: Bool) async throws {
        let steps = [try FussyTransform.step(refuses: [3], explodes: true)]
        let bench = EngineBench(
            source: .init(parts: 3), sinks: [.init(rejects: [5])], transforms: inSink ? [] : steps,
            sinkTransforms: inSink ? steps : [],
            tolerance: .all)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 10, delivered: 24, skipped: 4))
    }

    @Test("a rejection that is no fault of the record fails the task whatever the tolerance")
    func notTheRecordsFault() async throws {
        let bench = EngineBench(
            sinks: [.init(fault: ["put": .throwing(.configuration("401: the token is wrong"))])], tolerance: .all,
            maxAttempts: nil)
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].totals.skipped == 0)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("401") == true)
    }

    @Test("only the records that were not taken come again")
    func partialRetry() async throws {
        let bench = EngineBench(source: .init(end: 6, batch: 6), sinks: [.init(retries: [1, 4], retryTimes: 3)])
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.sinks[0].kept.all == [0, 2, 3, 5, 1, 4])
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 6, delivered: 6, retries: 3))
    }

    @Test("a call that may succeed later is repeated", arguments: ["put", "flush"])
    func retried(call: String) async throws {
        let plan = KeepingSink.Plan(fault: [call: .throwing(.retriable("busy"))], strikes: 4)
        let bench = EngineBench(sinks: [plan])
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<10))
        #expect(worker.pipelines[0].totals.retries == 4)
    }

    @Test("a start that fails is tried again with a new instance")
    func startedAgain() async throws {
        let plan = KeepingSink.Plan(fault: ["start": .throwing(.retriable("not up yet"))], strikes: 3)
        let bench = EngineBench(sinks: [plan], maxAttempts: 5)
        #expect(try await bench.run().isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<10))
    }

    @Test("a source that cannot take an acknowledgement now is told later, and nothing waits for it")
    func acknowledgedLater() async throws {
        let source = CountingSource.Plan(
            end: 3, batch: 3, fault: ["commit": .throwing(.retriable("busy"))], strikes: 1)
        let bench = EngineBench(source: source)
        #expect(try await bench.run().isWell)
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 3])
    }

    @Test("nothing is put after a batch that failed", arguments: [false, true])
    func nothingOvertakes(waitsOnIO: Bool) async throws {
        let plan = KeepingSink.Plan(fault: ["put": .throwing(.fatal("boom"))], strikes: 1)
        let bench = EngineBench(source: .init(end: 100, batch: 5), sinks: [plan], waitsOnIO: waitsOnIO)
        #expect(try await !bench.run().isWell)
        #expect(bench.sinks[0].kept.all.isEmpty)
    }

    @Test("a sink that fails ends the endless retries of another")
    func notHidden() async throws {
        let trying = KeepingSink.Plan(name: "a", fault: ["put": .throwing(.retriable("busy"))])
        let failing = KeepingSink.Plan(name: "b", fault: ["put": .throwing(.fatal("boom"))])
        let bench = EngineBench(sinks: [trying, failing], retryTimeout: nil)
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].tasks[0].state == .failed)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("boom") == true)
        #expect(worker.pipelines[0].totals.inFlight > 0)
    }

    @Test("a stop while the source is being retried is a stop like any other")
    func stoppedWhileRetrying() async throws {
        let source = CountingSource.Plan(fault: ["poll": .throwing(.retriable("down"))], faultAt: 6)
        let bench = EngineBench(source: source, retryTimeout: nil)
        let worker = try bench.worker()
        async let isWell = worker.run()
        while source.struck.value == 0 { try await Task.sleep(for: .milliseconds(1)) }
        worker.stop()
        #expect(await isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<6))
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 6])
    }

    @Test("the sinks are flushed while the source is being retried")
    func flushedMeanwhile() async throws {
        let down = ConnectorError(.retriable, "down", retryAfter: .milliseconds(500))
        let bench = EngineBench(source: .init(fault: ["poll": .throwing(down)], faultAt: 6, strikes: 1))
        #expect(try await bench.run().isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<10))
        #expect(bench.sinks[0].journal.all.count { $0 == "sink flush" } > 5)
    }

    @Test("retries end in time, and say so")
    func retriesEnd() async throws {
        let plan = KeepingSink.Plan(fault: ["put": .throwing(.retriable("busy"))])
        let bench = EngineBench(sinks: [plan], retryTimeout: .milliseconds(20))
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("given up after") == true)
        #expect(bench.store.positions(of: "p").isEmpty)
    }
}
