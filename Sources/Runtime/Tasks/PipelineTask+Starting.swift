internal import ConnectorKit

// How a task starts: the dead letter queue, its sinks, and with what they have stored its source.
extension PipelineTask {
    func start() async throws(TaskFailure) {
        setup.tell(.starting)
        try await deadLetters.start(by: setup.startDeadline)
        try goOnStarting()
        // Before the sinks are asked, so that what another task commits meanwhile is known by it.
        let own = try ownPositions()
        let stored = try await startSinks()
        storing = stored.map { $0 != nil }
        let positions = setup.pipeline.source.definition.claimsPartitions ? [] : try resumePositions(own, stored)
        setup.counters.lifeBegins()
        setup.counters.readsOn(from: positions)
        try goOnStarting()
        setup.status.calls.begin(.start, of: sourceLabel)
        defer { setup.status.calls.end(of: sourceLabel) }
        do {
            try await source.start(setup.sourceContext(resumingAt: positions))
        } catch {
            throw TaskFailure(error, during: "starting \(sourceLabel)")
        }
        if !setup.gate.pass() { throw Self.givenUp }
    }

    /// A start that was given up may return after all.
    private static let givenUp = TaskFailure("the start was given up and returned late", .restart)

    /// The next connectors have the whole time to start, not what the others left of it.
    private func goOnStarting() throws(TaskFailure) {
        if setup.abort.isRequested { throw Self.givenUp }
        setup.tell(.starting)
    }

    /// Starts every sink; the first to fail ends the waiting for the others.
    private func startSinks() async throws(TaskFailure) -> [[Position]?] {
        for lane in lanes { await lane.send(.start(setup.startDeadline)) }
        var stored: [[Position]?] = Array(repeating: nil, count: lanes.count)
        while lanes.contains(where: { $0.unanswered > 0 }) {
            setup.wake.wait(atMost: nil) { lanes.contains(where: \.hasOutcome) }
            for lane in lanes {
                for outcome in lane.takeOutcomes() {
                    if case .started(let positions) = outcome { stored[lane.index] = positions }
                    if case .failed(let failure, _) = outcome { throw failure }
                }
            }
        }
        return stored
    }

    private func ownPositions() throws(TaskFailure) -> [Position] {
        do throws(StateError) {
            return try setup.store.positions(of: setup.pipeline.name)
        } catch {
            throw Self.unread(error)
        }
    }

    private func resumePositions(_ own: [Position], _ stored: [[Position]?]) throws(TaskFailure) -> [Position] {
        do throws(StateError) {
            let resume = ResumeDecision(
                own: own, stored: stored, forgotten: try setup.store.forgotten(of: setup.pipeline.name))
            if !resume.learned.isEmpty {
                try setup.store.learn(resume.learned, of: setup.pipeline.name, unlessChangedSince: own)
            }
            return resume.positions
        } catch {
            throw Self.unread(error)
        }
    }

    private static func unread(_ error: StateError) -> TaskFailure {
        TaskFailure(error, during: "reading the stored positions")
    }
}
