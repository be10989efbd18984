import ConnectorKit
import TestSupport
import Testing

@testable import Runtime

@Suite("Sinks may have batches under way", .ownThread, .timeLimit(.minutes(15)))
struct UnderWayTests {
    private func bench(
        _ sink: KeepingSink.Plan, end: Int64 = 1000, batch: Int64 = 100, waitsOnIO: Bool = true,
        flushInterval: Duration = .seconds(60)
    ) -> EngineBench {
        EngineBench(
            source: .init(end: end, batch: batch), sinks: [sink], tolerance: .all, flushInterval: flushInterval,
            waitsOnIO: waitsOnIO)
    }

    @Test(
        "all of it is told of before the flush, so the position and the counts hold what was refused late",
        arguments: [false, true])
    func settledBeforeFlush(waitsOnIO: Bool) async throws {
        let bench = bench(.init(rejects: [3, 999], settles: { false }), waitsOnIO: waitsOnIO)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.sinks[0].kept.all == (0..<1000).filter { $0 != 3 && $0 != 999 })
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 1000, delivered: 998, skipped: 2))
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 1000])
        let journal = bench.sinks[0].journal.all
        #expect(journal.last { $0.hasPrefix("sink settle") } != nil)
        let flush = try #require(journal.firstIndex(of: "sink flush"))
        #expect(!journal[flush...].contains { $0.hasPrefix("sink settle") })
    }

    @Test("only so many are under way", arguments: [false, true])
    func bounded(waitsOnIO: Bool) async throws {
        let bench = bench(.init(settles: { false }), end: 40_000, batch: 1000, waitsOnIO: waitsOnIO)
        #expect(try await bench.run().isWell)
        var underWay = 0
        var most = 0
        for entry in bench.sinks[0].journal.all {
            if entry.hasPrefix("sink put") { underWay += 1 }
            if entry.hasPrefix("sink settle") { underWay -= 1 }
            most = max(most, underWay)
        }
        #expect(underWay == 0 && most == SinkDriver.mostUnderWay.batches)
    }

    @Test("what a sink tells by itself is counted, and committed when it is durable, without another record")
    func toldWhileIdle() async throws {
        let bench = EngineBench(
            source: .init(end: 3, batch: 3, idlesAtEnd: true), sinks: [.init(isDurable: true, settles: { true })],
            flushInterval: .seconds(60), waitsOnIO: true)
        let worker = try bench.worker()
        async let isWell = worker.run()
        while worker.pipelines[0].totals.delivered < 3 { try await Task.sleep(for: .milliseconds(1)) }
        worker.stop()
        #expect(await isWell)
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 3])
        #expect(!bench.sinks[0].journal.all.contains("sink flush"))
    }

    @Test("records that come again wait for what is under way, and come in their order")
    func comesAgain() async throws {
        let plan = KeepingSink.Plan(retries: [1, 4], retryTimes: 2, settles: { false })
        let bench = bench(plan, end: 30, batch: 5)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(plan.kept.all.sorted() == Array(0..<30))
        #expect(plan.kept.all.filter { [1, 4].contains($0) } == [1, 4])
        let journal = plan.journal.all
        let before = journal[..<(try #require(journal.firstIndex(of: "sink put 2")))]
        #expect(before.count { $0.hasPrefix("sink put") } == before.count { $0.hasPrefix("sink settle") })
        #expect(worker.pipelines[0].totals.delivered == 30)
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 30])
    }

    @Test("one pause serves all that comes again of what was under way")
    func onePause() async throws {
        let plan = KeepingSink.Plan(retries: [1, 7], retryTimes: 2, settles: { false })
        let (worker, isWell) = try await bench(plan, end: 10, batch: 5).run()
        #expect(isWell)
        #expect(plan.kept.all == [0, 2, 3, 4, 5, 6, 8, 9, 1, 7])
        #expect(worker.pipelines[0].totals.retries == 1)
    }

    @Test("what was durable before records came again is flushed after")
    func staleDurability() async throws {
        let journal = Journal()
        let plan = KeepingSink.Plan(
            retries: [1], isDurable: true, isDurableAlone: false, settles: { false }, journal: journal)
        let bench = EngineBench(
            source: .init(end: 10, batch: 5), sinks: [plan], flushInterval: .seconds(60), waitsOnIO: true,
            store: MemoryStore(journal: journal))
        #expect(try await bench.run().isWell)
        let again = try #require(journal.all.firstIndex(of: "sink put 1"))
        let flush = try #require(journal.all.firstIndex(of: "sink flush"))
        let commit = try #require(journal.all.firstIndex { $0.hasPrefix("store commit") })
        #expect(again < flush && flush < commit)
    }

    @Test("one that cannot tell is asked again, and in the end fails with what is under way unacknowledged")
    func cannotTell() async throws {
        let passing = KeepingSink.Plan(
            fault: ["settle": .throwing(.retriable("busy"))], strikes: 4, settles: { false })
        let bench = bench(passing)
        #expect(try await bench.run().isWell)
        #expect(passing.kept.all == Array(0..<1000))

        let failing = KeepingSink.Plan(fault: ["settle": .throwing(.fatal("gone"))], settles: { true })
        let other = self.bench(failing)
        let (worker, isWell) = try await other.run()
        #expect(!isWell && worker.pipelines[0].totals.delivered == 0)
        #expect(other.store.positions(of: "p").isEmpty)
        #expect(failing.journal.all.last == "sink stop")
    }
}
