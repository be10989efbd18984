import Testing

@testable import Runtime

@Suite("What is done about the events of a task's life")
struct LifeWatchTests {
    private func watch(_ gate: StartGate = StartGate()) -> LifeWatch {
        LifeWatch(task: "task 0", gate: gate, startTimeout: .seconds(30), shutdownTimeout: .seconds(6))
    }

    /// The actions, in words.
    private func told(_ actions: [LifeWatch.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .stop: "stop"
            case .abort: "abort"
            case .wait(let event, let time): "\(event) in \(time)"
            case .showStuck: "stuck"
            case .end(.well): "well"
            case .end(.failed(let failure)): "failed (\(failure.remedy)): \(failure)"
            case .end(.neverStarted): "never started"
            case .end(.leftBehind): "left behind"
            }
        }
    }

    @Test("a start that takes too long is given up, is stuck after a grace, and starts again once it returns")
    func slowStart() {
        var watch = watch()
        #expect(told(watch.take(.starting)) == ["startIsOver(step: 1) in 30.0 seconds"])
        #expect(told(watch.take(.startIsOver(step: 1))) == ["stop", "abort", "graceIsOver in 6.0 seconds"])
        #expect(told(watch.take(.graceIsOver)) == ["stuck"])
        #expect(told(watch.take(.failing)).isEmpty)
        let end = told(watch.take(.ended(TaskFailure("it was refused"))))
        #expect(
            end == ["failed (restart): task 0 did not start within 30000 ms (task.start.timeout.ms): it was refused"])
    }

    @Test("each step of a start has its own deadline, and what has started is not given up")
    func stepsOfAStart() {
        let gate = StartGate()
        var watch = watch(gate)
        _ = watch.take(.starting)
        _ = watch.take(.starting)
        #expect(told(watch.take(.startIsOver(step: 1))).isEmpty)
        #expect(gate.pass())
        #expect(told(watch.take(.startIsOver(step: 2))).isEmpty)
        #expect(told(watch.take(.ended(nil))) == ["well"])
    }

    @Test("a wrong configuration stays one, however late it is noticed")
    func lateConfiguration() {
        var watch = watch()
        _ = watch.take(.starting)
        _ = watch.take(.startIsOver(step: 1))
        #expect(told(watch.take(.ended(TaskFailure("no such table", .none)))) == ["failed (none): no such table"])
    }

    @Test("a stop has two thirds of its time for delivering and the rest for giving up")
    func stop() {
        let gate = StartGate()
        var watch = watch(gate)
        _ = watch.take(.starting)
        #expect(gate.pass())
        #expect(
            told(watch.take(.stopRequested)) == ["stop", "deliveryIsOver in 4.0 seconds", "graceIsOver in 6.0 seconds"])
        #expect(told(watch.take(.deliveryIsOver)) == ["abort"])
        #expect(told(watch.take(.graceIsOver)) == ["stuck", "left behind"])
    }

    @Test("a stop during the start waits for nothing, since nothing was read")
    func stopDuringStart() {
        let gate = StartGate()
        var watch = watch(gate)
        _ = watch.take(.starting)
        #expect(told(watch.take(.stopRequested)) == ["stop", "abort", "graceIsOver in 6.0 seconds"])
        #expect(!gate.pass())
        #expect(told(watch.take(.ended(TaskFailure("interrupted")))) == ["never started"])
    }

    @Test("a stop of what is stuck ends at once")
    func stopWhileStuck() {
        var watch = watch()
        _ = watch.take(.starting)
        _ = watch.take(.startIsOver(step: 1))
        _ = watch.take(.graceIsOver)
        #expect(told(watch.take(.stopRequested)) == ["left behind"])
    }

    @Test("what fails has a grace to close, and starts again when it has closed, however late")
    func slowClose() {
        let gate = StartGate()
        var watch = watch(gate)
        _ = gate.pass()
        #expect(told(watch.take(.failing)) == ["graceIsOver in 6.0 seconds"])
        #expect(told(watch.take(.graceIsOver)) == ["stuck"])
        #expect(told(watch.take(.ended(TaskFailure("boom")))) == ["failed (limitedRestart): boom"])
    }
}
