internal import ConnectorKit

/// One life of one task: start, then read, transform and deliver until the end, a stop or a failure.
///
/// Runs on one thread of its own. The order that nothing may change: records are durable in every sink, then their
/// position is durable in the store, then the source is told.
final class PipelineTask {
    /// The pause after a source that gave nothing says that there is more, so that it cannot keep a processor busy.
    private static let emptyPollPause = Duration.milliseconds(10)

    let setup: TaskSetup
    let source: any Source
    private let chain: TransformChain
    let deadLetters: DeadLetterQueue
    let lanes: [SinkLane]
    private let feeds: [SinkFeed]
    private let retrier: Retrier
    let sourceLabel: String
    private var ledger: DeliveryLedger
    private var free: [BatchBox] = []
    private var nextCommit: Duration
    private var pollBackoff: Backoff
    /// Whether each sink stores positions.
    var storing: [Bool] = []
    /// Partitions that the sinks are taking over for the source.
    private var claim: ClaimRound?
    /// How many records were read last that no position covers.
    private var uncovered = 0
    /// Committed positions that the source could not be told of yet.
    private var unacknowledged: [Position] = []

    /// Makes the instances of every connector and transform.
    init(_ setup: TaskSetup) throws(TaskFailure) {
        self.setup = setup
        let pipeline = setup.pipeline
        retrier = setup.retrier(stop: setup.stop)
        pollBackoff = Backoff(maximum: pipeline.errors.retryDelayMax, timeout: pipeline.errors.retryTimeout)
        chain = try TransformChain(pipeline.transforms)
        deadLetters = try DeadLetterQueue(
            pipeline: pipeline, context: { setup.context(for: $0) },
            retrier: setup.retrier(stop: setup.abort))
        lanes = try setup.makeLanes()
        feeds = lanes.map(SinkFeed.init)
        source = pipeline.source.definition.make()
        sourceLabel = "source \(pipeline.source.definition.name)"
        ledger = DeliveryLedger(sinks: lanes.count)
        nextCommit = setup.clock.monotonic + setup.worker.flushInterval
    }

    /// Runs to the end and closes everything, whatever happens.
    ///
    /// - Returns: nil when the source ended or a stop was asked for and everything read is durable and committed.
    func run() async -> TaskFailure? {
        var failure: TaskFailure?
        do throws(TaskFailure) {
            try await start()
            setup.status.enter(.running)
            try await work()
        } catch {
            failure = error
            // What fails because it is to give up is no news.
            if !setup.abort.isRequested { setup.status.failed(.stopping, error.message(setup.pipeline.errors)) }
            setup.tell(.failing)
            // The other sinks give up too: what they have is read again, and their waits must not hide this failure.
            setup.abort.request()
        }
        setup.status.enter(.stopping)
        do throws(TaskFailure) { try await close() } catch { failure = failure ?? error }
        return failure
    }

    private func work() async throws(TaskFailure) {
        while !setup.stop.isRequested {
            try await takeOutcomes()
            if isCommitDue { try await commit() }
            try await takeClaims()
            guard let box = nextBox() else {
                setup.wake.wait(atMost: untilCommit) { hasNews || setup.stop.isRequested }
                continue
            }
            guard let poll = try await poll(into: box) else { continue }
            let isEmpty = box.batch.count == 0 && box.batch.marks.isEmpty
            if isEmpty { release(box) } else { try await deliver(box) }
            switch poll {
            case .more: if isEmpty { try await idle(Self.emptyPollPause) }
            case .idle(let pause):
                if isEmpty, endsWhenIdle { return try await drain() }
                try await idle(pause)
            case .finished:
                try await drain()
                return setup.status.reachedEnd()
            }
        }
        try await drain()
    }

    /// Asks the source for records; nil when it failed in a way that may pass.
    private func poll(into box: BatchBox) async throws(TaskFailure) -> Poll? {
        do {
            setup.status.calls.begin(.poll, of: sourceLabel)
            defer { setup.status.calls.end(of: sourceLabel) }
            let poll = try await source.poll(into: &box.batch)
            retrier.succeeded(pollName, pollBackoff)
            pollBackoff.succeeded()
            return poll
        } catch {
            release(box)
            if setup.stop.isRequested { return nil }
            setup.status.repeats("\(pollName): \(error)")
            try await commit()
            try await idle(try retrier.delay(after: error, pollName, &pollBackoff))
            return nil
        }
    }

    private var pollName: String { "poll of source \(setup.pipeline.source.definition.name)" }

    private func deliver(_ box: BatchBox) async throws(TaskFailure) {
        let counters = setup.counters
        counters.read.add(box.batch.count)
        uncovered = box.batch.marks.last.map { box.batch.count - $0.recordCount } ?? uncovered + box.batch.count
        box.sequence = ledger.batchRead(reaching: newest(of: box.batch.marks.map(\.position)))
        let count = box.batch.count
        try chain.apply(to: &box.batch)
        counters.made.add(box.batch.count - count)
        counters.filtered.add(box.batch.count - box.batch.deliverableCount - box.batch.rejections.count)
        try await deadLetters.takeRejections(
            of: box, failedIn: setup.pipeline.source.definition.name, deadLettered: counters.deadLettered,
            skipped: counters.skipped)
        try await send(box)
    }

    /// Gives every sink the batch: the last one the batch itself, the others copies of it.
    private func send(_ box: BatchBox) async throws(TaskFailure) {
        var isKept = false
        for (index, feed) in feeds.enumerated() {
            isKept = try await feed.take(box, isLast: index == feeds.count - 1) { takeFree() }
        }
        if !isKept { release(box) }
    }

    /// A batch to read into; nil while some sink has no room.
    private func nextBox() -> BatchBox? { feeds.allSatisfy(\.hasRoom) ? takeFree() : nil }

    private func takeFree() -> BatchBox { free.popLast() ?? BatchBox() }

    private func release(_ box: BatchBox) {
        box.reset()
        free.append(box)
    }

    /// Waits until the source may have more, committing meanwhile.
    private func idle(_ pause: Duration) async throws(TaskFailure) {
        let end = setup.clock.monotonic + pause
        while !setup.stop.isRequested {
            try await takeOutcomes()
            if isCommitDue { try await commit() }
            try await takeClaims()
            let left = end - setup.clock.monotonic
            if left <= .zero { return }
            setup.wake.wait(atMost: min(left, untilCommit)) { hasNews || setup.stop.isRequested }
        }
    }

    /// A source with a known end only pauses on its way there.
    private var endsWhenIdle: Bool { setup.worker.endsWhenIdle && setup.status.progress.total == nil }

    private var isCommitDue: Bool { setup.clock.monotonic >= nextCommit || setup.claims.takeHurry() }
    private var untilCommit: Duration { max(.milliseconds(1), nextCommit - setup.clock.monotonic) }

    private func drain() async throws(TaskFailure) {
        setup.status.enter(.stopping)
        try await commit()
        // Sinks forget the positions that the worker has committed, so that these cannot override a later reset.
        if storing.contains(true) { try await commit() }
    }

    /// Makes everything read so far durable, commits it and tells the source.
    private func commit() async throws(TaskFailure) {
        try await takeOutcomesOfAll()
        try await deadLetters.flush()
        setup.counters.commitBegins(reaching: ledger.reached, uncovered: uncovered)
        for lane in lanes { await lane.send(.flush(through: ledger.lastSequence)) }
        try await takeOutcomesOfAll()
        nextCommit = setup.clock.monotonic + setup.worker.flushInterval
        let positions = ledger.takeCommittable()
        if positions.isEmpty && unacknowledged.isEmpty { return }
        do throws(StateError) {
            if !positions.isEmpty { try setup.store.commit(positions, of: setup.pipeline.name) }
        } catch {
            throw TaskFailure(error, during: "committing positions")
        }
        setup.counters.committed(uncovered: uncovered)
        setup.status.commits.add(positions.count)
        try await acknowledge(positions)
    }

    /// Tells the source; when it cannot take that now, it is told with the next positions. Nothing can be lost by it.
    private func acknowledge(_ positions: [Position]) async throws(TaskFailure) {
        unacknowledged = newest(of: unacknowledged + positions)
        setup.status.calls.begin(.commit, of: sourceLabel)
        defer { setup.status.calls.end(of: sourceLabel) }
        do {
            try await source.commit(unacknowledged)
            unacknowledged = []
        } catch {
            let what = "commit of \(sourceLabel)"
            guard (error as? ConnectorError)?.kind == .retriable else { throw TaskFailure(error, during: what) }
            setup.counters.retries.add()
            setup.log.warning("a call failed and is repeated", ("call", what), ("reason", "\(error)"))
        }
    }

    /// Waits until every sink has done what it was told; the first to fail ends the waiting for the others.
    private func takeOutcomesOfAll() async throws(TaskFailure) {
        while feeds.contains(where: \.isBusy) {
            for feed in feeds { await feed.settle() }
            setup.wake.wait(atMost: nil) { hasNews || feeds.contains(where: \.canSettle) }
            try await takeOutcomes()
        }
    }

    /// Whether ``takeOutcomes()`` has something to do.
    private var hasNews: Bool { lanes.contains(where: \.hasOutcome) || feeds.contains(where: \.canPass) }

    private func takeOutcomes() async throws(TaskFailure) {
        for lane in lanes {
            for outcome in lane.takeOutcomes() { try await take(outcome, of: lane) }
        }
        for feed in feeds { await feed.pass() }
    }

    /// What came of everything the lane was told, once all of it is there.
    private func outcomes(of lane: SinkLane) async -> [SinkLane.Outcome] {
        var all = lane.takeOutcomes()
        while lane.unanswered > 0 {
            setup.wake.wait(atMost: nil) { lane.hasOutcome }
            all += lane.takeOutcomes()
        }
        return all
    }

    private func take(_ outcome: SinkLane.Outcome, of lane: SinkLane) async throws(TaskFailure) {
        switch outcome {
        case .started, .settled, .stopped: break
        case .claimed(let positions): claim?.claimed(sink: lane.index, positions)
        case .flushed(let sequence): ledger.becameDurable(sink: lane.index, through: sequence)
        case .failed(let failure, let box):
            if let box { release(box) }
            throw failure
        case .delivered(let box, let isDurable):
            let counters = setup.counters.sinks[lane.index]
            defer { release(box) }
            try await deadLetters.takeRejections(
                of: box, failedIn: lane.name, deadLettered: counters.deadLettered, skipped: counters.skipped)
            if isDurable { ledger.becameDurable(sink: lane.index, through: box.sequence) }
        }
    }

    /// Has the sinks take over what the source was assigned, and tells it where to read on.
    ///
    /// What is in flight of a partition that the task had before is made durable first: what sinks store is the newest then.
    private func takeClaims() async throws(TaskFailure) {
        if claim == nil, let request = setup.claims.takeRequest() {
            if ledger.holds(anyOf: request.partitions) { try await commit() }
            claim = ClaimRound(
                request, storing: storing,
                isLocal: setup.pipeline.sinks.contains { $0.definition.storesPositionsLocally })
            for lane in lanes where storing[lane.index] { await lane.send(.claim(request.partitions)) }
            try await takeOutcomes()
        }
        guard let round = claim, round.isComplete else { return }
        claim = nil
        do throws(StateError) {
            let answers = round.answers(forgotten: try setup.store.forgotten(of: setup.pipeline.name))
            setup.counters.readsOn(from: answers.compactMap(\.agreed))
            setup.claims.answer(answers)
        } catch {
            throw TaskFailure(error, during: "reading which positions were reset")
        }
    }

    /// Closes everything, and throws the first failure of it.
    private func close() async throws(TaskFailure) {
        setup.stop.request()
        // Those that have a thread close meanwhile.
        for lane in lanes where !lane.isDirect { await lane.send(.stop) }
        setup.status.calls.begin(.stop, of: sourceLabel)
        await source.stop()
        setup.status.calls.end(of: sourceLabel)
        for lane in lanes where lane.isDirect { await lane.send(.stop) }
        var failure: TaskFailure?
        for lane in lanes {
            if case .failed(let reason, _)? = await outcomes(of: lane).last { failure = failure ?? reason }
        }
        do throws(TaskFailure) { try await deadLetters.stop() } catch { failure = failure ?? error }
        if let failure { throw failure }
    }
}
