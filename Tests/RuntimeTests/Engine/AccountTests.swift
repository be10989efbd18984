import ConnectorKit
import Synchronization
import TestSupport
import Testing

@testable import Runtime

@Suite("Every record is counted once, as delivered when it is durable", .ownThread, .timeLimit(.minutes(15)))
struct AccountTests {
    private func totals(_ worker: Worker) -> PipelineTotals { worker.pipelines[0].totals }
    private func summary(_ worker: Worker) -> String {
        Summary([worker.pipelines[0].reading], lasting: .seconds(1), places: [:]).lines[0]
    }

    @Test("what a sink took and did not make durable is in flight", arguments: [false, true])
    func notDurable(waitsOnIO: Bool) async throws {
        let plan = KeepingSink.Plan(fault: ["flush": .throwing(.fatal("the disk is full"))])
        let bench = EngineBench(sinks: [plan], flushInterval: .seconds(60), waitsOnIO: waitsOnIO)
        let (worker, isWell) = try await bench.run()
        #expect(!isWell && bench.sinks[0].kept.all.count == 10)
        #expect(totals(worker) == PipelineTotals(read: 10, inFlight: 10))
        #expect(worker.pipelines[0].accountingGap == nil)
        #expect(summary(worker).contains("delivered 0, in flight 10"))
    }

    @Test("a dead letter counts when it is durable in its queue")
    func deadLetterNotDurable() async throws {
        let queue = KeepingSink.Plan(name: "dlq", fault: ["flush": .throwing(.fatal("the disk is full"))])
        let bench = EngineBench(
            sinks: [.init(rejects: [4])], deadLetters: queue, tolerance: .all, flushInterval: .seconds(60))
        let (worker, isWell) = try await bench.run()
        #expect(!isWell && totals(worker) == PipelineTotals(read: 10, inFlight: 10))
    }

    @Test("a restart counts from the last commit, and what is read again apart", arguments: [false, true])
    func restarted(waitsOnIO: Bool) async throws {
        let source = CountingSource.Plan(
            end: 1000, batch: 7, fault: ["poll": .throwing(.fatal("boom"))], faultAt: 500, strikes: 3)
        let bench = EngineBench(
            source: source, sinks: [.init(name: "a", rejects: [3, 400, 600]), .init(name: "b")],
            deadLetters: .init(name: "dlq"), transforms: [try FussyTransform.step(refuses: [5])],
            tolerance: .all, maxAttempts: 5, flushInterval: .milliseconds(1), waitsOnIO: waitsOnIO)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        let repeated = bench.source.read.value - 1000
        #expect(repeated >= 0)
        #expect(
            totals(worker) == PipelineTotals(read: 1000, delivered: 999 + 996, deadLettered: 4, repeated: repeated))
        let line = summary(worker)
        #expect(line.contains("read again") == (repeated > 0))
    }

    @Test("a source without positions is read from its start again, and counted from there")
    func noPositions() async throws {
        let source = CountingSource.Plan(
            end: 100, batch: 7, fault: ["poll": .throwing(.fatal("boom"))], faultAt: 50, strikes: 1, marks: false)
        let bench = EngineBench(source: source, maxAttempts: 5, flushInterval: .milliseconds(1))
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(totals(worker) == PipelineTotals(read: 100, delivered: 100, repeated: bench.source.read.value - 100))
    }

    @Test("a commit that happened although it failed is counted, and nothing of it again", arguments: [false, true])
    func inDoubt(waitsOnIO: Bool) async throws {
        let plan = KeepingSink.Plan(
            fault: ["flushed": .throwing(.restartable("the connection broke after the COMMIT"))], strikes: 3,
            positions: KeepingSink.StoredPositions())
        let bench = EngineBench(
            source: .init(end: 1000, batch: 7), sinks: [plan], maxAttempts: 5, flushInterval: .milliseconds(1),
            waitsOnIO: waitsOnIO)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(totals(worker) == PipelineTotals(read: 1000, delivered: 1000, repeated: bench.source.read.value - 1000))
    }

    @Test("an account that does not add up is an error, in the middle of a run too", arguments: [1, -1])
    func gap(amount: Int) async throws {
        let holder = Mutex<Worker?>(nil)
        let isDone = Gate()
        var bench = EngineBench(source: .init(end: 10, batch: 10))
        bench.sinks[0].mayPut = {
            if !isDone.isOpen { holder.withLock { $0 }?.pipelines[0].tasks[0].counters.read.add(amount) }
            isDone.open()
            return true
        }
        let worker = try bench.worker()
        holder.withLock { $0 = worker }
        #expect(await !worker.run())
        #expect(worker.pipelines[0].accountingGap?.contains("unaccounted for \(amount)") == true)
        holder.withLock { $0 = nil }
    }

    @Test("more settled than read is a gap of a task that failed as well")
    func gapOfFailed() async throws {
        let bench = EngineBench(sinks: [.init(fault: ["flush": .throwing(.fatal("no"))])], flushInterval: .seconds(60))
        let (worker, _) = try await bench.run()
        #expect(worker.pipelines[0].accountingGap == nil)
        worker.pipelines[0].tasks[0].counters.sinks[0].delivered.add(11)
        #expect(worker.pipelines[0].accountingGap?.contains("unaccounted for -1") == true)
    }
}
