import ConnectorKit
import Synchronization
import TestSupport
import Testing

@testable import Runtime

@Suite("A task starts again for as long as that can help", .ownThread, .timeLimit(.minutes(15)))
struct RestartTests {
    private static let away = Fault.throwing(.retriable("the server is away"))

    private func task(_ worker: Worker) -> TaskStatus { worker.pipelines[0].tasks[0] }

    private func wait(until isReached: () -> Bool) async throws {
        while !isReached() { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// With limits that only what hangs misses.
    private func impatient(countsAll: Bool = false) -> EngineBench {
        EngineBench(
            maxAttempts: nil, countsAll: countsAll, shutdownTimeout: .milliseconds(300),
            startTimeout: .milliseconds(300))
    }

    @Test("a start that takes too long is stuck until it returns; then the task starts again, and never twice at once")
    func slowStart() async throws {
        let gate = Gate()
        var bench = impatient()
        bench.source.mayStart = { gate.isOpen }
        let worker = try bench.worker()
        async let isWell = worker.run()
        try await wait { task(worker).state == .stuck }
        #expect(task(worker).failure?.contains("does not return") == true)
        #expect(bench.source.journal.all == ["source start at 0"])
        gate.open()
        #expect(await isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<10))
        #expect(task(worker).state == .done && task(worker).failure == nil)
        let lives = bench.source.journal.all.filter { !$0.hasPrefix("source commit") }
        #expect(lives.count >= 4)
        for (index, line) in lives.enumerated() {
            #expect(line.hasPrefix(index.isMultiple(of: 2) ? "source start" : "source stop"))
        }
    }

    @Test("what is stuck still shows what failed last")
    func lastError() async throws {
        let gate = Gate()
        var bench = impatient()
        bench.source.fault = ["start": Self.away]
        bench.source.strikes = 1
        bench.sinks[0].mayStart = { [struck = bench.source.struck] in struck.value == 0 || gate.isOpen }
        let worker = try bench.worker()
        async let isWell = worker.run()
        try await wait { task(worker).state == .stuck }
        #expect(task(worker).failure?.contains("does not return") == true)
        #expect(task(worker).failure?.contains("its last error: starting source count: the server is away") == true)
        gate.open()
        #expect(await isWell)
    }

    @Test("a worker that is to end does not wait for what is stuck")
    func stopWhileStuck() async throws {
        let gate = Gate()
        defer { gate.open() }
        var bench = impatient()
        bench.sinks[0].mayStart = { gate.isOpen }
        let worker = try bench.worker()
        async let isWell = worker.run()
        try await wait { task(worker).state == .stuck }
        worker.stop()
        #expect(await !isWell)
        #expect(task(worker).state == .stuck)
    }

    @Test(
        "a stop during a slow start is one that ends well, unless an earlier start had failed",
        arguments: [false, true])
    func stopWhileStarting(hasFailed: Bool) async throws {
        var bench = EngineBench(maxAttempts: nil, countsAll: false)
        if hasFailed { bench.source.fault = ["start": Self.away] }
        let starts = bench.source.journal
        bench.sinks[0].mayStart = { hasFailed && starts.all.isEmpty }
        bench.sinks[0].heedsStop = true
        let worker = try bench.worker()
        async let isWell = worker.run()
        try await wait { bench.sinks[0].started.value == (hasFailed ? 2 : 1) }
        worker.stop()
        #expect(await isWell == !hasFailed)
        #expect(task(worker).state == (hasFailed ? .failed : .stopped))
        #expect(task(worker).failure?.contains("the server is away") == (hasFailed ? true : nil))
    }

    @Test("a server may be away for as long as it takes", arguments: [ConnectorError.Kind.retriable, .restartable])
    func longOutage(kind: ConnectorError.Kind) async throws {
        let plan = KeepingSink.Plan(fault: ["start": .throwing(ConnectorError(kind, "away"))], strikes: 40)
        let bench = EngineBench(sinks: [plan], maxAttempts: 10, countsAll: false)
        #expect(try await bench.run().isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<10))
    }

    @Test("the limit holds for what may not pass, for all when the user set it, and when the worker ends by itself")
    func limits() async throws {
        let away = KeepingSink.Plan(fault: ["start": Self.away])
        let broken = KeepingSink.Plan(fault: ["start": .throwing(.fatal("broken"))])
        for bench in [
            EngineBench(sinks: [broken], maxAttempts: 3, countsAll: false),
            EngineBench(sinks: [away], maxAttempts: 3, countsAll: true),
            EngineBench(sinks: [away], maxAttempts: 3, countsAll: false, endsWhenIdle: true),
        ] {
            let before = bench.sinks[0].struck.value
            let (worker, isWell) = try await bench.run()
            #expect(!isWell && task(worker).state == .failed)
            #expect(bench.sinks[0].struck.value - before == 4)
        }
    }

    @Test("a call that was repeated in vain is an outage as well")
    func retriesInVain() async throws {
        let plan = KeepingSink.Plan(fault: ["put": Self.away], strikes: 200)
        let bench = EngineBench(
            sinks: [plan], retryTimeout: .milliseconds(5), maxAttempts: 2, countsAll: false)
        #expect(try await bench.run().isWell)
        #expect(bench.sinks[0].kept.all == Array(0..<10))
    }

    @Test("a start that says when to come back is left alone until then", arguments: ["start", "poll"])
    func retryAfter(call: String) async throws {
        let limited = ConnectorError.retriable("too many requests", after: .milliseconds(400))
        let source = CountingSource.Plan(fault: [call: .throwing(limited)], strikes: 1)
        // A poll that is told to wait longer than it may be repeated gives up at once.
        let bench = EngineBench(source: source, retryTimeout: .milliseconds(50), maxAttempts: 1)
        let began = WorkerClock.system.monotonic
        #expect(try await bench.run().isWell)
        #expect(WorkerClock.system.monotonic - began >= .milliseconds(400))
    }

    @Test("no failure that was overcome is shown at the end")
    func overcome() async throws {
        let plan = KeepingSink.Plan(fault: ["start": .throwing(.fatal("not up yet"))], strikes: 2)
        let (worker, isWell) = try await EngineBench(sinks: [plan], maxAttempts: 5).run()
        #expect(isWell && task(worker).state == .done && task(worker).failure == nil)
    }

    @Test("a secret in a failure is shown nowhere, stuck or failed", arguments: [false, true])
    func redacted(isStuck: Bool) async throws {
        var bench = impatient(countsAll: true)
        bench.maxAttempts = 0
        bench.secrets = ["hunter22"]
        bench.waitsOnIO = true
        bench.source.faultAt = 3
        let gate = Gate()
        defer { gate.open() }
        if isStuck {
            bench.sinks[0].mayPut = { gate.isOpen }
            bench.source.fault = ["poll": .throwing(.retriable("login as sa:hunter22 failed"))]
        } else {
            bench.sinks[0].fault = ["put": .throwing(.fatal("login as sa:hunter22 failed"))]
        }
        let worker = try bench.worker()
        async let isWell = worker.run()
        if isStuck {
            try await wait { bench.source.struck.value > 0 }
            worker.stop()
        }
        #expect(await !isWell)
        let shown = task(worker).failure ?? ""
        #expect(shown.contains("login as sa:[hidden] failed") && !shown.contains("hunter22"))
    }
}

/// Opens once, from any thread.
final class Gate: Sendable {
    private let state = Atomic<Bool>(false)
    var isOpen: Bool { state.load(ordering: .acquiring) }
    func open() { state.store(true, ordering: .releasing) }
}
