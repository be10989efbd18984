internal import ConnectorKit

/// Drives one sink: its own transforms, then put, settle and flush with retries.
///
/// `@unchecked Sendable`: made on one thread and from then on used by the thread of its lane alone.
final class SinkDriver: @unchecked Sendable {
    /// What a sink may have under way: with this much the next batch is put once the oldest has been told of.
    static let mostUnderWay = (batches: 24, bytes: 24 * BatchLimit.bytes)

    /// What came of a batch.
    struct Settlement {
        let box: BatchBox
        /// Whether everything up to this batch is durable already.
        let isDurable: Bool
    }

    private let config: SinkConfig
    private let context: SinkContext
    private let retrier: Retrier
    private let counters: SinkCounters
    private let sink: any Sink
    private let label: String
    private let chain: TransformChain
    private var retryBatch = BatchBox()
    /// Batches put and not told of, oldest first.
    private var underWay: [BatchBox] = []
    private var settled: [Settlement] = []
    /// How often records came again.
    private var putsAgain = 0
    /// Whether the sink holds something back, or may have to act on the passing of time, such as a file growing old.
    private var needsFlush = false
    private var storesPositions = false

    init(config: SinkConfig, context: SinkContext, retrier: Retrier, counters: SinkCounters) throws(TaskFailure) {
        self.config = config
        self.context = context
        self.retrier = retrier
        self.counters = counters
        chain = try TransformChain(config.transforms)
        sink = config.definition.make()
        label = "sink \(config.name)"
    }

    /// Opens the sink and gives the positions stored with its data.
    func start(by deadline: Duration) async throws(TaskFailure) -> [Position]? {
        var context = context
        context.deadline = deadline
        begin(.start)
        defer { endCall() }
        do {
            let positions = try await sink.start(context)
            storesPositions = positions != nil
            // The worker commits these now; a flush lets the sink forget them.
            needsFlush = positions?.isEmpty == false
            return positions
        } catch {
            throw TaskFailure(error, during: "starting sink \(config.name)")
        }
    }

    /// Has the sink take partitions over, and gives the positions stored of them.
    func claim(_ partitions: [PositionFields]) async throws(TaskFailure) -> [Position] {
        try await settle(waiting: true)
        begin(.claim)
        defer { endCall() }
        var positions: [Position] = []
        try await retrier.run("claim of sink \(config.name)") { positions = try await sink.claim(partitions) }
        return positions
    }

    private func begin(_ call: CallsUnderWay.Call) { retrier.status.calls.begin(call, of: label) }
    private func endCall() { retrier.status.calls.end(of: label) }

    /// Whether the sink has batches under way.
    var isOwed: Bool { !underWay.isEmpty }

    private var isFull: Bool {
        underWay.count >= Self.mostUnderWay.batches
            || underWay.reduce(0) { $0 + $1.batch.byteCount } >= Self.mostUnderWay.bytes
    }

    /// What came of batches since the last call, in order; records that the sink refused are marked in them.
    func takeSettled() -> [Settlement] {
        defer { settled = [] }
        return settled
    }

    /// Gives up the batches that are under way.
    func takeAbandoned() -> [BatchBox] {
        defer { underWay = [] }
        return underWay
    }

    /// Hands the batch to the sink.
    func deliver(_ box: BatchBox) async throws(TaskFailure) {
        while isFull { _ = try await settleOldest(waiting: true) }
        try transform(box)
        var report = try await put(box, "put of sink \(config.name)")
        guard !report.isUnderWay else { return underWay.append(box) }
        // An empty batch may be told of at once; its position stays behind what is under way.
        let before = putsAgain
        try await settle(waiting: true)
        // What was put again since is not what the sink spoke of.
        if putsAgain != before { report.isDurable = false }
        try await complete(box, report)
    }

    private func transform(_ box: BatchBox) throws(TaskFailure) {
        let (count, passed) = (box.batch.count, box.batch.deliverableCount + box.batch.rejections.count)
        try chain.apply(to: &box.batch)
        let made = box.batch.count - count
        counters.made.add(made)
        counters.filtered.add(passed + made - box.batch.deliverableCount - box.batch.rejections.count)
    }

    /// Learns what came of the batches under way, of all of them if `waiting`.
    func settle(waiting: Bool) async throws(TaskFailure) {
        while isOwed, try await settleOldest(waiting: waiting) {}
    }

    /// Makes everything taken durable.
    func flush() async throws(TaskFailure) {
        try await settle(waiting: true)
        guard needsFlush else { return }
        begin(.flush)
        defer { endCall() }
        try await retrier.run("flush of sink \(config.name)") { try await sink.flush() }
        counters.becameDurable()
    }

    /// Closes the sink.
    func stop() async throws(TaskFailure) {
        begin(.stop)
        defer { endCall() }
        do { try await sink.stop() } catch { throw TaskFailure(error, during: "stopping sink \(config.name)") }
    }

    private func put(_ box: BatchBox, _ what: String) async throws(TaskFailure) -> PutReport {
        begin(.put)
        defer { endCall() }
        var report = PutReport()
        try await retrier.run(what) {
            report = PutReport()
            try await sink.put(box.batch, report: &report)
        }
        if report.isUnderWay { return report }
        try check(report, of: box)
        return report
    }

    /// What became of a batch under way; nil when that is not known yet.
    private func outcome(of box: BatchBox, waiting: Bool) async throws(TaskFailure) -> PutReport? {
        begin(.settle)
        defer { endCall() }
        var report = PutReport()
        var isKnown = false
        try await retrier.run("put of sink \(config.name)") {
            report = PutReport()
            isKnown = try await sink.settle(box.batch, report: &report, waiting: waiting)
        }
        guard isKnown || !waiting else {
            throw TaskFailure(
                "sink \(config.name) did not wait to tell what became of a batch: a fault of the connector")
        }
        try check(report, of: box)
        return isKnown ? report : nil
    }

    private func settleOldest(waiting: Bool) async throws(TaskFailure) -> Bool {
        guard let report = try await outcome(of: underWay[0], waiting: waiting) else { return false }
        var reports = [report]
        if !report.retries.isEmpty {
            // Records that come again must not meet later ones on their way.
            for box in underWay.dropFirst() {
                guard var report = try await outcome(of: box, waiting: true) else { continue }
                report.isDurable = false
                reports.append(report)
            }
        }
        for (index, report) in reports.enumerated() {
            try await complete(underWay[0], report, pausing: index == 0)
            underWay.removeFirst()
        }
        return true
    }

    /// - Parameter pausing: Whether records come again only after a pause; one for a batch serves those behind it.
    private func complete(
        _ box: BatchBox, _ first: PutReport, pausing: Bool = true
    ) async throws(TaskFailure) {
        var report = first
        apply(report, to: box)
        while !report.retries.isEmpty { report = try await putAgain(report.retries, of: box, pausing: pausing) }
        // A sink that stores positions stores them when it is flushed, whatever it says of the data.
        let isDurable = report.isDurable && !storesPositions
        needsFlush = !isDurable
        if isDurable { counters.becameDurable() }
        settled.append(Settlement(box: box, isDurable: isDurable))
    }

    /// Refuses a report about records that were not handed over: a fault of the connector, not of a record.
    private func check(_ report: PutReport, of box: BatchBox) throws(TaskFailure) {
        var seen: Set<Int> = []
        for index in (report.rejections + report.retries).map(\.recordIndex) {
            let isGiven = index >= 0 && index < box.batch.count && box.batch.isDeliverable(index)
            guard isGiven, seen.insert(index).inserted else {
                throw TaskFailure(
                    "sink \(config.name) reported on record \(index) of a batch of \(box.batch.count), which it was "
                        + "not given or named before: a fault of the connector")
            }
        }
    }

    private func apply(_ report: PutReport, to box: BatchBox) {
        for rejection in report.rejections { box.batch.reject(rejection.recordIndex, rejection) }
        counters.taken.add(box.batch.deliverableCount - report.retries.count)
    }

    /// Puts only the records that were not taken, in their order, before anything that follows them.
    private func putAgain(
        _ retries: [Rejection], of box: BatchBox, pausing: Bool
    ) async throws(TaskFailure) -> PutReport {
        var backoff = Backoff(maximum: retrier.policy.retryDelayMax, timeout: retrier.policy.retryTimeout)
        var pending = retries.map(\.recordIndex).sorted()
        var pausing = pausing
        var error = retries[0].error
        while true {
            let what = "put of \(pending.count) records again, sink \(config.name)"
            if pausing { try retrier.pause(after: error, what, &backoff) }
            pausing = true
            putsAgain += 1
            retryBatch.reset()
            do {
                for index in pending { try retryBatch.batch.appendCopy(of: index, from: box.batch) }
            } catch {
                throw TaskFailure(error, during: what)
            }
            var report = try await put(retryBatch, what)
            if report.isUnderWay { report = try await outcome(of: retryBatch, waiting: true) ?? report }
            for rejection in report.rejections {
                let index = pending[rejection.recordIndex]
                box.batch.reject(index, Rejection(recordIndex: index, stage: .put, error: rejection.error))
            }
            counters.taken.add(pending.count - report.rejections.count - report.retries.count)
            guard let first = report.retries.first else { return report }
            error = first.error
            pending = report.retries.map { pending[$0.recordIndex] }.sorted()
        }
    }
}
