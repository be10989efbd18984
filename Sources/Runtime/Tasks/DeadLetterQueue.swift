internal import ConnectorKit

/// Decides what becomes of rejected records and writes them to the dead letter queue, on the task's own thread.
final class DeadLetterQueue {
    private let pipeline: String
    private let slot: TaskSlot
    private let policy: ErrorPolicy
    private let clock: WorkerClock
    private let log: Log
    private let driver: SinkDriver?
    private let counters = SinkCounters()
    private let letters = BatchBox()
    /// Letters written since the last flush, and who counts them.
    private var written: [(counter: Counter, count: Int)] = []
    private var objects: DeadLetterWriter
    private let records: DeadLetterRecords

    init(
        pipeline: PipelineConfig, context: (SinkConfig) -> SinkContext, retrier: Retrier
    ) throws(TaskFailure) {
        self.pipeline = pipeline.name
        policy = pipeline.errors
        let redactor = Redactor(pipeline.secrets)
        objects = DeadLetterWriter(redactor: redactor)
        records = DeadLetterRecords(hasHeaders: policy.deadLetterForm.hasHeaders, redactor: redactor)
        clock = retrier.clock
        log = retrier.log
        guard let sink = pipeline.errors.deadLetterSink else {
            driver = nil
            slot = TaskSlot()
            return
        }
        let context = context(sink)
        slot = context.task
        driver = try SinkDriver(config: sink, context: context, retrier: retrier, counters: counters)
    }

    /// Opens the queue's sink.
    func start(by deadline: Duration) async throws(TaskFailure) { _ = try await driver?.start(by: deadline) }

    /// Deals with the rejections of `box` that are new since the last call.
    ///
    /// - Parameters:
    ///   - failedIn: Who refused them, for the context fields.
    ///   - deadLettered: Counts records written to the queue, once they are durable there.
    ///   - skipped: Counts records that nothing takes.
    /// - Throws: When `errors.tolerance` is none, or the reason is no fault of the record.
    func takeRejections(
        of box: BatchBox, failedIn: String, deadLettered: Counter, skipped: Counter
    ) async throws(TaskFailure) {
        let rejections = box.batch.rejections.dropFirst(box.takenRejections)
        if rejections.isEmpty { return }
        for rejection in rejections { try check(rejection, in: box) }
        box.takenRejections += rejections.count
        guard let driver else { return skipped.add(rejections.count) }
        letters.reset()
        do {
            for rejection in rejections {
                let isTransform = rejection.stage == .transformation
                let context = DeadLetterContext(
                    pipeline: pipeline, task: slot.index, failedIn: isTransform ? "transforms" : failedIn,
                    rejection: rejection,
                    position: Self.position(of: rejection.recordIndex, in: box), failedAt: clock.now)
                switch policy.deadLetterForm.shape {
                case .object: try objects.append(rejection.recordIndex, of: box.batch, context, to: &letters.batch)
                case .record: try records.append(rejection.recordIndex, of: box.batch, context, to: &letters.batch)
                }
            }
        } catch {
            throw TaskFailure(error, during: "making dead letters")
        }
        try await driver.deliver(letters)
        try await driver.settle(waiting: true)
        _ = driver.takeSettled()
        if let refused = letters.batch.rejections.first {
            throw TaskFailure("the dead letter queue refused a record: \(refused.error)", detail: refused.error.detail)
        }
        written.append((deadLettered, rejections.count))
    }

    /// Makes every dead letter durable; to be called before the sinks are flushed.
    func flush() async throws(TaskFailure) {
        try await driver?.flush()
        for (counter, count) in written { counter.add(count) }
        written.removeAll(keepingCapacity: true)
    }

    /// Closes the queue's sink.
    func stop() async throws(TaskFailure) { try await driver?.stop() }

    private func check(_ rejection: Rejection, in box: BatchBox) throws(TaskFailure) {
        let reason = rejection.error
        if reason.kind == .rejected && policy.tolerance == .all && !policy.isLogged { return }
        let own = Self.place(of: rejection.recordIndex, in: box.batch)
        let among = Self.placeAmong(rejection, in: box)
        // Where the record came from is what somebody looks for; its place in a batch is known to the worker alone.
        let words = policy.isRecordLogged ? reason.fullMessage : reason.message
        let failure = "\(own.map { "\($0): " } ?? "")\(words) (\(among))"
        if reason.kind == .configuration || reason.kind == .fatal || reason.kind == .restartable {
            throw TaskFailure(failure, TaskFailure.Remedy(reason.kind), retryAfter: reason.retryAfter)
        }
        if policy.tolerance == .none {
            throw TaskFailure(
                "\(failure); to pass over such records set errors.tolerance to all, and "
                    + "errors.deadletterqueue to keep them", .none)
        }
        guard policy.isLogged else { return }
        log.warning(
            "a record was rejected", ("record", own.map { "\($0), \(among)" } ?? among),
            ("stage", rejection.stage.rawValue), ("reason", words))
    }

    private static func placeAmong(_ rejection: Rejection, in box: BatchBox) -> String {
        var place = "record \(rejection.recordIndex + 1) of the batch"
        if let position = position(of: rejection.recordIndex, in: box) {
            place += " before \(position.offset.json) of \(position.partition.json)"
        }
        return place + ", failed at \(rejection.stage.rawValue)"
    }

    /// The record's own topic, partition and offset; nil when its source gave none.
    private static func place(of index: Int, in batch: borrowing RecordBatch) -> String? {
        let record = batch[index]
        guard let topic = record.topic, let partition = record.partition, let offset = record.offset else { return nil }
        return "topic \(topic), partition \(partition), offset \(offset)"
    }

    /// The first position at or after the record: where the source resumes once the record is covered.
    private static func position(of index: Int, in box: BatchBox) -> Position? {
        box.batch.marks.first { $0.recordCount > index }?.position
    }
}
