import ConnectorKit
import TestSupport
import Testing

@testable import Runtime

@Suite("Every record arrives, and nothing is acknowledged before it is durable", .ownThread, .timeLimit(.minutes(15)))
struct DeliveryTests {
    @Test("a bounded source is delivered whole, in order, whatever thread its sink works on", arguments: [false, true])
    func whole(waitsOnIO: Bool) async throws {
        let bench = EngineBench(source: .init(end: 1000, batch: 7), waitsOnIO: waitsOnIO)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<1000))
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 1000, delivered: 1000))
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 1000])
    }

    @Test("what is read while a sink is busy comes to it joined, in order, and only so much is read")
    func joined() async throws {
        let (read, asked) = (Counter(), Counter())
        // The first put shows that the sink is fast; the second waits until no more is read.
        let endlesslyFast = WorkerClock(wall: { 0 }, monotonic: { .zero })
        let most = 2000 + SinkFeed.most.records / 2 + SinkFeed.most.records
        let bench = EngineBench(
            source: .init(end: 30_000, batch: 1000, read: read),
            sinks: [
                .init(
                    rejects: [500, 6000],
                    mayPut: {
                        asked.add()
                        return asked.value == 1 || read.value >= most
                    })
            ], tolerance: .all,
            flushInterval: .seconds(60), waitsOnIO: true, clock: endlesslyFast)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        let puts = bench.sinks[0].journal.all.compactMap(KeepingSink.size(ofPut:))
        #expect(puts.first == 1000 && puts.contains(4000) && puts.max() == SinkFeed.most.records, "\(puts)")
        #expect(bench.sinks[0].kept.all == (0..<30_000).filter { $0 != 500 && $0 != 6000 })
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 30_000, delivered: 29_998, skipped: 2))
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 30_000])
    }

    @Test("a slow sink never has more before it than it can take soon")
    func portioned() async throws {
        let plan = KeepingSink.Plan(pause: .microseconds(300))
        let bench = EngineBench(
            source: .init(end: 6000, batch: 100), sinks: [plan], flushInterval: .seconds(60), waitsOnIO: true)
        #expect(try await bench.run().isWell)
        #expect(plan.kept.all == Array(0..<6000))
        let puts = plan.journal.all.compactMap(KeepingSink.size(ofPut:))
        // Half a second takes 1,666 records at most.
        #expect(puts.allSatisfy { $0 < 2000 }, "\(puts)")
    }

    @Test("flush comes before the store, the store before the source", arguments: [false, true])
    func order(waitsOnIO: Bool) async throws {
        let journal = Journal()
        let bench = EngineBench(
            source: .init(end: 3, batch: 3, journal: journal), sinks: [.init(journal: journal)], waitsOnIO: waitsOnIO,
            store: MemoryStore(journal: journal))
        _ = try await bench.run()
        #expect(
            journal.all.dropLast(2) == [
                "source start at 0", "sink put 3", "sink flush", "store commit {\"next\":3}",
                "source commit {\"next\":3}",
            ])
        #expect(Set(journal.all.suffix(2)) == ["source stop", "sink stop"])
    }

    @Test("a sink that is durable at once is not flushed")
    func durableAtOnce() async throws {
        let bench = EngineBench(sinks: [.init(isDurable: true)])
        #expect(try await bench.run().isWell)
        #expect(!bench.sinks[0].journal.all.contains("sink flush"))
        #expect(bench.store.positions(of: "p").first?.offset == ["next": 10])
    }

    @Test("a sink is flushed while its source has nothing new, so that it can act on the passing of time")
    func flushedWhileIdle() async throws {
        let bench = EngineBench(source: .init(end: 3, batch: 3, idlesAtEnd: true))
        let worker = try bench.worker()
        async let isWell = worker.run()
        while bench.sinks[0].journal.all.count(where: { $0 == "sink flush" }) < 3 {
            try await Task.sleep(for: .milliseconds(1))
        }
        worker.stop()
        #expect(await isWell)
    }

    @Test("several sinks each get everything")
    func fanOut() async throws {
        let bench = EngineBench(source: .init(end: 500, batch: 50), sinks: [.init(name: "a"), .init(name: "b")])
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<500))
        #expect(bench.sinks[1].kept.all == Array(0..<500))
        #expect(worker.pipelines[0].totals.delivered == 1000)
    }

    @Test("what one of several sinks has not made durable is not committed")
    func fanOutMinimum() async throws {
        let failing = KeepingSink.Plan(name: "b", fault: ["flush": .throwing(.fatal("no"))])
        let bench = EngineBench(sinks: [.init(name: "a"), failing])
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(bench.store.positions(of: "p").isEmpty)
        #expect(worker.pipelines[0].tasks[0].state == .failed)
    }

    @Test("a run resumes where the last one was committed")
    func resumes() async throws {
        var bench = EngineBench(source: .init(end: 5))
        _ = try await bench.run()
        bench.source = .init(end: 9)
        bench.sinks = [.init()]
        _ = try await bench.run()
        #expect(bench.sinks[0].kept.all == [5, 6, 7, 8])
    }

    @Test("positions that the only sink stored with its data win over the worker's own")
    func sinkPositionsWin() async throws {
        let ahead = [Position(partition: ["source": "count"], offset: ["next": 8])]
        let bench = EngineBench(sinks: [.init(stored: ahead)])
        _ = try await bench.run()
        #expect(bench.sinks[0].kept.all == [8, 9])
    }

    @Test("a failed task starts again and loses nothing")
    func restarts() async throws {
        let source = CountingSource.Plan(
            end: 100, batch: 5, fault: ["poll": .throwing(.fatal("boom"))], faultAt: 50, strikes: 2)
        let bench = EngineBench(source: source, maxAttempts: 5)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(Set(bench.sinks[0].kept.all) == Set(0..<100))
        #expect(worker.pipelines[0].totals.repeated == source.read.value - 100)
        #expect(worker.pipelines[0].accountingGap == nil)
    }
}
