import ConnectorKit

/// Asks the brokers about what is silent, and reports a stall once when it begins.
final class StallReport {
    private var watch: StallWatch
    private let consumer: Consumer
    private let assignment: Assignment
    private let context: SourceContext
    private let stalls: Counter
    private var generation = -1
    private var isReported = false

    init(limit: Duration, _ consumer: Consumer, _ assignment: Assignment, _ context: SourceContext) {
        watch = StallWatch(limit: limit)
        self.consumer = consumer
        self.assignment = assignment
        self.context = context
        stalls = context.metrics.counter("kafka_source_stalls")
    }

    /// Something was heard of a partition.
    func saw(_ partition: TopicPartition) { watch.saw(.partition(partition)) }

    /// Asks one of the silent ones, if there is any; takes a second at most.
    ///
    /// - Parameter isBusy: Whether others have something to read, which are not to wait often.
    /// - Returns: What stands still, as an error to throw.
    func check(isBusy: Bool) -> ConnectorError? {
        watch.advance(to: context.clock.monotonic)
        if generation != assignment.generation {
            generation = assignment.generation
            let partitions = assignment.partitions.map { StallWatch.Subject.partition($0.0) }
            watch.follow(partitions.isEmpty ? [.group] : partitions)
        }
        if let subject = watch.toAsk(isBusy: isBusy) { watch.answered(subject, trouble: trouble(of: subject)) }
        return report()
    }

    private func trouble(of subject: StallWatch.Subject) -> String? {
        switch subject {
        case .partition(let partition):
            let next = assignment.partitions.first { $0.0 == partition }?.next
            return consumer.trouble(of: partition, next: next, within: .seconds(1))
        case .group:
            if let trouble = consumer.coordinatorTrouble(within: .seconds(1)) { return trouble }
            return assignment.isKnown ? nil : "the group has given this member no partitions"
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
