import ConnectorKit
import Testing

@testable import Runtime

@Suite("Every record arrives, and nothing is acknowledged before it is durable", .timeLimit(.minutes(15)))
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

    @Test("flush comes before the store, the store before the source", arguments: [false, true])
    func order(waitsOnIO: Bool) async throws {
        let journal = Journal()
        let bench = EngineBench(
            source: .init(end: 3, batch: 3, journal: journal), sinks: [.init(journal: journal)], waitsOnIO: waitsOnIO,
            store: MemoryStore(journal: journal))
        _ = try await bench.run()
        #expect(
            journal.all == [
                "source start at 0", "sink put 3", "sink flush", "store commit {\"next\":3}",
                "source commit {\"next\":3}", "source stop", "sink stop",
            ])
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
        #expect(worker.pipelines[0].tasks[0].failure?.contains("boom") == true)
        #expect(worker.pipelines[0].accountingGap == nil)
    }
}
