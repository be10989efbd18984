import ConnectorKit

/// Asks the brokers about what is silent, and reports a stall once when it begins.
///
/// The keeper asks; the task says what it saw and hears what stands still, inside the assignment's lock.
final class StallReport: @unchecked Sendable {
    // `@unchecked`: all that changes is guarded by the assignment's lock.
    private var watch: StallWatch
    private let consumer: Consumer
    private let context: SourceContext
    private let stalls: Counter
    private var generation = -1
    private var isReported = false
    /// Whether the task read something in its last poll.
    private var isBusy = false

    private var assignment: Assignment { consumer.assignment }

    init(limit: Duration, _ consumer: Consumer, _ context: SourceContext) {
        watch = StallWatch(limit: limit)
        self.consumer = consumer
        self.context = context
        stalls = context.metrics.counter("kafka_source_stalls")
    }

    /// Something was heard of a partition. Inside the lock.
    func saw(_ partition: TopicPartition) { watch.saw(.partition(partition)) }

    /// The task has polled. Inside the lock.
    ///
    /// - Parameter isBusy: Whether there was something to read.
    /// - Returns: What stands still, as an error to throw.
    func check(isBusy: Bool) -> ConnectorError? {
        self.isBusy = isBusy
        watch.advance(to: context.clock.monotonic)
        if generation != assignment.generation {
            generation = assignment.generation
            let partitions = assignment.holdings.partitions.map { StallWatch.Subject.partition($0.0) }
            watch.follow(partitions.isEmpty ? [.group] : partitions)
        }
        return report()
    }

    /// Asks one of the silent ones, if there is any; takes a second at most. Outside of the lock.
    func ask() {
        guard let subject = assignment.locked({ watch.toAsk(isBusy: isBusy) }) else { return }
        let trouble = trouble(of: subject)
        assignment.locked { watch.answered(subject, trouble: trouble) }
    }

    private func trouble(of subject: StallWatch.Subject) -> String? {
        switch subject {
        case .partition(let partition):
            let end = consumer.end(of: partition, within: .seconds(1))
            // Where it is by now: it may have been read while its broker was asked.
            let next = assignment.locked {
                assignment.holdings.partitions.first { $0.0 == partition }?.next
            }
            return Consumer.trouble(of: partition, next: next, end: end)
        case .group:
            if let trouble = consumer.coordinatorTrouble(within: .seconds(1)) { return trouble }
            return assignment.locked { assignment.isKnown }
                ? nil : "the group has given this member no partitions"
        }
    }

    private func report() -> ConnectorError? {
        guard let stall = watch.stalled else {
            if isReported { context.log.info("Reading from Kafka goes on") }
            isReported = false
            return nil
        }
        let time = "\(stall.time.milliseconds) ms (stall.timeout.ms)"
        let heard = consumer.client.observer.latest.map { "; last heard: \($0)" } ?? ""
        let what = "reading from Kafka has stalled for \(time): \(stall.trouble)\(heard)"
        if !isReported {
            isReported = true
            stalls.add()
            context.log.error("Reading from Kafka has stalled", ("reason", what))
        }
        return .retriable(what)
    }
}
