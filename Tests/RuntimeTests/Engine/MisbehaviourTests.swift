import ConnectorKit
import TestSupport
import Testing

@testable import Runtime

@Suite("Whatever a connector does, the worker lives on and says what happened", .ownThread, .timeLimit(.minutes(15)))
struct MisbehaviourTests {
    private static let calls = ["start", "poll", "commit", "stop"]
    private static let sinkCalls = ["start", "put", "settle", "flush", "stop"]

    @Test("a source that throws from any call", arguments: calls)
    func sourceThrows(call: String) async throws {
        let bench = EngineBench(source: .init(fault: [call: .throwing(.fatal("boom in \(call)"))]))
        let (worker, isWell) = try await bench.run()
        #expect(isWell == (call == "stop"))
        if call != "stop" { #expect(worker.pipelines[0].tasks[0].failure?.contains("boom in \(call)") == true) }
    }

    @Test("a sink that throws from any call", arguments: sinkCalls)
    func sinkThrows(call: String) async throws {
        let bench = EngineBench(sinks: [plan(call, .throwing(.fatal("boom in \(call)")))])
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("boom in \(call)") == true)
    }

    @Test("a source that hangs in any call is reported and left behind", arguments: calls)
    func sourceHangs(call: String) async throws {
        let bench = EngineBench(
            source: .init(fault: [call: .hanging]), shutdownTimeout: .milliseconds(200),
            startTimeout: call == "start" ? .milliseconds(100) : .seconds(120))
        try await expectStuck(bench, in: "\(call) of source count does not return")
    }

    @Test("a sink that hangs in any call is reported and left behind", arguments: sinkCalls, [false, true])
    func sinkHangs(call: String, waitsOnIO: Bool) async throws {
        let bench = EngineBench(
            sinks: [plan(call, .hanging)], shutdownTimeout: .milliseconds(200),
            startTimeout: call == "start" ? .milliseconds(100) : .seconds(120), waitsOnIO: waitsOnIO)
        try await expectStuck(bench, in: "\(call) of sink sink does not return")
    }

    private func plan(_ call: String, _ fault: Fault) -> KeepingSink.Plan {
        var plan = KeepingSink.Plan(fault: [call: fault])
        if call == "settle" { plan.settles = { false } }
        return plan
    }

    @Test("every connector has the whole time to start, not what the others left of it")
    func slowStarts() async throws {
        let slow = ["start": Fault.sleeping(.seconds(3))]
        let bench = EngineBench(
            source: .init(fault: slow), sinks: [.init(fault: slow)], deadLetters: .init(name: "dlq", fault: slow),
            tolerance: .all, startTimeout: .seconds(8))
        #expect(try await bench.run().isWell)
    }

    @Test("a dead letter queue that cannot be closed does not hide that a sink cannot")
    func bothFailToStop() async throws {
        let bench = EngineBench(
            sinks: [plan("stop", .throwing(.fatal("the sink broke")))],
            deadLetters: .init(name: "dlq", fault: ["stop": .throwing(.fatal("the queue broke"))]), tolerance: .all)
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("the sink broke") == true)
    }

    private func expectStuck(_ bench: EngineBench, in call: String) async throws {
        let worker = try bench.worker()
        async let isWell = worker.run()
        try await waitForStrike(bench)
        worker.stop()
        #expect(await !isWell)
        #expect(worker.pipelines[0].tasks[0].state == .stuck)
        #expect(worker.pipelines[0].tasks[0].failure?.contains(call) == true)
    }

    /// Returns once the call that hangs was made.
    private func waitForStrike(_ bench: EngineBench) async throws {
        while bench.source.struck.value + bench.sinks[0].struck.value == 0 {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test("a sink that reports on records it was not given", arguments: [[-1], [99], [0, 0]])
    func nonsenseReports(indices: [Int]) async throws {
        let bench = EngineBench(sinks: [.init(nonsense: indices)], tolerance: .all)
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("a fault of the connector") == true)
    }

    @Test("a wall clock that runs backwards disturbs nothing")
    func clockGoesBackwards() async throws {
        let now = Counter()
        let clock = WorkerClock(
            wall: {
                now.add(-60_000)
                return Int64(now.value)
            }, monotonic: { WorkerClock.system.monotonic })
        let plan = KeepingSink.Plan(fault: ["put": .throwing(.retriable("busy"))], strikes: 2, rejects: [3])
        let bench = EngineBench(sinks: [plan], deadLetters: .init(name: "dlq"), tolerance: .all, clock: clock)
        let (worker, isWell) = try await bench.run()
        #expect(isWell)
        #expect(worker.pipelines[0].totals == PipelineTotals(read: 10, delivered: 9, deadLettered: 1, retries: 2))
    }

    @Test("a transform that takes records out of their batch is a fault of its own, and none goes missing unnoticed")
    func losingTransform() async throws {
        let bench = EngineBench(transforms: [try LosingTransform.step()])
        let (worker, isWell) = try await bench.run()
        #expect(!isWell)
        #expect(worker.pipelines[0].tasks[0].failure?.contains("a fault of the transform") == true)
        #expect(bench.store.positions(of: "p").isEmpty)
    }

    @Test("stopping before anything started ends well")
    func stopAtOnce() async throws {
        let worker = try EngineBench().worker()
        worker.stop()
        #expect(await worker.run())
    }
}
