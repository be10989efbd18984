import CRdKafka
import ConnectorKit

/// Asks group and brokers where partitions begin, for the keeper: each question may take a second.
final class PlaceFinder {
    private static let patience = Duration.seconds(1)
    /// Between two looks at the topics that there are, and at their ids.
    private static let pause = Duration.seconds(10)

    private let consumer: Consumer
    private let context: SourceContext
    private let reset: SourceConfig.OffsetReset
    private let jumps: Counter
    private var notes: CommitNotes
    private var lookIsDue = Duration.zero
    private var checkIsDue = Duration.zero
    /// After a question that was not answered.
    private var notBefore = Duration.zero

    private var assignment: Assignment { consumer.assignment }

    init(_ consumer: Consumer, _ config: SourceConfig, _ context: SourceContext) {
        self.consumer = consumer
        self.context = context
        reset = config.reset
        notes = CommitNotes(subscription: config.subscription)
        jumps = context.metrics.counter("kafka_source_position_jumps")
    }

    /// Where it matters which topics are new, looks at those that there are.
    func look() {
        guard reset != .earliest, isDue(&lookIsDue, every: Self.pause) else { return }
        if let topics = consumer.client.topicNames(within: Self.patience) {
            notes.looked(at: topics)
        } else {
            lookIsDue = .zero
        }
    }

    /// Notices topics that were made anew while they are read.
    func check() {
        guard let topicIDs = TopicIDs.shared, isDue(&checkIsDue, every: Self.pause) else { return }
        let known = assignment.locked { assignment.holdings.topicIDs }
        guard !known.isEmpty,
            let ids = topicIDs.ids(of: Array(Set(known.keys.map(\.topic))), consumer.client, within: Self.patience)
        else { return }
        assignment.locked {
            for (partition, id) in known where ids[partition.topic].map({ $0 != id }) ?? false {
                assignment.holdings.recheck(partition)
            }
        }
    }

    /// Asks where partitions begin that wait for it.
    ///
    /// - Parameter isOver: Whether to ask nobody any more.
    func settle(until isOver: () -> Bool) {
        let questions = assignment.locked { assignment.holdings.questions }
        guard !questions.isEmpty, WorkerClock.system.monotonic >= notBefore else { return }
        let found = facts(questions, isOver)
        if found.count < questions.count { notBefore = WorkerClock.system.monotonic + .milliseconds(200) }
        assignment.locked {
            for (partition, facts) in found { settle(partition, questions[partition]?.number ?? 0, facts) }
            assignment.notes = notes
        }
        notes.share(of: consumer.group)
    }

    private func facts(
        _ questions: [TopicPartition: Holdings.Question], _ isOver: () -> Bool
    ) -> [TopicPartition: Beginning.Facts] {
        let partitions = Array(questions.keys)
        guard let committed = consumer.committed(partitions, within: Self.patience) else { return [:] }
        var ids: [String: String] = [:]
        if let topicIDs = TopicIDs.shared {
            let topics = Array(Set(partitions.map(\.topic)))
            guard let found = topicIDs.ids(of: topics, consumer.client, within: Self.patience) else { return [:] }
            ids = found
        }
        let bounds = consumer.bounds(of: partitions, within: Self.patience, until: isOver)
        var facts: [TopicPartition: Beginning.Facts] = [:]
        for (partition, question) in questions {
            guard let (low, high) = bounds[partition], let group = committed[partition] else { continue }
            if group.place != nil { notes.learn(group.metadata, of: partition.topic) }
            let isFirst = question.stored == nil && group.place == nil && reset != .earliest
            guard !isFirst || (!isOver() && isLearned(partition.topic)) else { continue }
            facts[partition] = Beginning.Facts(
                log: Beginning.Log(low: low, high: high, topicID: ids[partition.topic]), stored: question.stored,
                isOfEarlierTopic: question.isOfEarlierTopic, isLocal: question.isLocal, group: group.place,
                isNew: isFirst && notes.isNew(partition))
        }
        return facts
    }

    /// Whether it is known what the group has begun with in a topic; asks it.
    private func isLearned(_ topic: String) -> Bool {
        if notes.knows(topic) { return true }
        guard let count = consumer.client.partitionCount(of: topic, within: Self.patience) else { return false }
        let all = (0..<count).map { TopicPartition(topic: topic, number: $0) }
        guard let committed = consumer.committed(all, within: Self.patience) else { return false }
        for found in committed.values where found.place != nil { notes.learn(found.metadata, of: topic) }
        notes.begin(topic, count: Int64(count), at: context.clock.now)
        return true
    }

    private func settle(_ partition: TopicPartition, _ question: Int, _ facts: Beginning.Facts) {
        guard let beginning = Beginning.decide(facts, reset: reset) else {
            return assignment.failed(
                .configuration(
                    "partition \(partition.number) of topic \(partition.topic) has no offset to begin at, or what stood "
                        + "there is gone; set auto.offset.reset to earliest or latest",
                    native: name(of: RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)))
        }
        guard assignment.holdings.settle(partition, question: question, beginning) else { return }
        if case .madeAnew = beginning.jump { notes.beginAnew(partition.topic) }
        report(partition, beginning)
    }

    private func report(_ partition: TopicPartition, _ beginning: Beginning) {
        let (why, from): (String, Int64)
        switch beginning.jump {
        case nil: return
        case .madeAnew(let offset): (why, from) = ("the topic was deleted and made anew", offset)
        case .gone(let offset, 0): (why, from) = ("the log ends before it", offset)
        case .gone(let offset, let count): (why, from) = ("\(count) offsets are gone from the log", offset)
        }
        jumps.add()
        context.log.warning(
            "Reading goes on elsewhere in a partition", ("topic", partition.topic),
            ("partition", "\(partition.number)"), ("from", "\(from)"), ("to", "\(beginning.place.offset)"),
            ("reason", why))
    }

    private func isDue(_ time: inout Duration, every pause: Duration) -> Bool {
        let now = WorkerClock.system.monotonic
        guard now >= time else { return false }
        time = now + pause
        return true
    }
}
