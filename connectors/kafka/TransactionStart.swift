import CRdKafka
import ConnectorKit

/// Begins the transactions of a task: fences off earlier producers of it, then finds the positions that they can no longer
/// change.
struct TransactionStart {
    /// Bounds a start, so that it fails with its reason before the worker takes the task for stuck.
    private static let patience = Duration.seconds(20)

    let config: SinkConfig
    let transactions: TransactionConfig
    let context: SinkContext
    /// Whether the task is being started, which has a deadline.
    var isStarting = true

    /// For a task whose partitions are its own from start to end.
    func begun() throws(ConnectorError) -> (TransactionalDelivery, [Position]) {
        let producer = try makeProducer(id)
        let (home, positions) = try openTopic(producer)
        return (delivery(producer, home, id: id), positions)
    }

    /// For a task whose partitions are claimed when they are assigned; only then it is known which cluster they are of.
    func awaitingClaims() throws(ConnectorError) -> TransactionalDelivery {
        delivery(try makeProducer(memberID), nil, id: memberID)
    }

    private func delivery(_ producer: Producer, _ home: PositionHome?, id: String) -> TransactionalDelivery {
        var later = self
        later.isStarting = false
        producer.patience = later.bound
        return TransactionalDelivery(
            sender(producer), later.trial(id), home, timeout: transactions.timeout, context.clock,
            claims: home == nil ? later : nil)
    }

    private var bound: Patience { isStarting ? Patience(context) : Patience(stop: context.stop) }

    private var deadline: Duration {
        let end = context.clock.monotonic + Self.patience
        return isStarting ? min(end, context.deadline ?? end) : end
    }

    private var id: String { transactions.id(for: context) }
    /// Members of one group must not end each other, whatever their tasks' numbers.
    private var memberID: String { transactions.memberID(for: context) }

    private func makeProducer(_ id: String) throws(ConnectorError) -> Producer {
        let producer = try Producer(
            config.configuration(transactions.properties(id: id, config.timeout)), Observer(context.log), bound)
        try producer.connect()
        return producer
    }

    private func openTopic(_ producer: Producer) throws(ConnectorError) -> (PositionHome, [Position]) {
        let deadline = deadline
        guard let topic = unsafe producer.topic(FieldName(interning: transactions.topic)) else {
            throw .fatal("librdkafka made no handle for topic \(transactions.topic)")
        }
        var tally = Tally()
        try unsafe producer.require(
            transactions.topic, topic, PositionTopic.creation(replication: config.replication), &tally)
        try Self.prepare(producer, id, within: deadline - context.clock.monotonic)
        let positions = PositionTopic(pipeline: context.positionsOwner, sink: context.name, task: context.task)
        let content = try read(positions, until: deadline)
        let stored = context.claimsPartitions ? [] : content.keys
        return unsafe (.topic(positions, handle: topic, stored: stored), content.positions)
    }

    private func trial(_ id: String) -> Trial {
        Trial(id) { id throws(ConnectorError) in
            let producer = try Producer(
                config.configuration(transactions.properties(id: id, config.timeout)), Observer(context.log), bound)
            try Self.prepare(producer, id, within: Self.patience)
            return sender(producer)
        }
    }

    /// Fences off earlier producers of the task, which finds no positions.
    func prepare(_ producer: Producer) throws(ConnectorError) {
        try Self.prepare(producer, memberID, within: Self.patience)
    }

    private static func prepare(
        _ producer: Producer, _ id: String, within timeout: Duration
    ) throws(ConnectorError) {
        do throws(TransactionFault) {
            try producer.initTransactions(within: timeout)
        } catch {
            let reason = producer.client.hopelessness() ?? error.error
            throw ConnectorError(
                reason.kind, "transactional.id \(id) cannot be used: \(reason.message)", native: reason.native)
        }
    }

    private func read(
        _ positions: PositionTopic, until deadline: Duration
    ) throws(ConnectorError) -> PositionTopic.Content {
        let reading = [("isolation.level", "read_committed"), ("enable.partition.eof", "true")]
        let tail = try TopicTail(
            config.connection.configuration(reading), Observer(context.log), topic: transactions.topic)
        var entries: [PositionTopic.Entry] = []
        try tail.read(until: deadline, bound) { message in
            guard let key = unsafe message.key else { return }
            let value = unsafe message.value.map { unsafe String(decoding: $0, as: UTF8.self) }
            unsafe entries.append(PositionTopic.Entry(key: String(decoding: key, as: UTF8.self), value: value))
        }
        return try positions.content(of: entries, in: transactions.topic)
    }
}

extension TransactionStart {
    /// What a task begins with once it has its first partitions.
    struct Claimed {
        let home: PositionHome
        /// Takes the place of the one that was made at the start; nil to keep that.
        let producer: Producer?
    }

    /// Finds where the positions of claimed partitions go, and fences off who wrote for them before.
    func claimed(_ producer: Producer) throws(ConnectorError) -> Claimed {
        guard let membership = context.group.membership, context.group.hasOneSink,
            producer.clusterID() == membership.cluster
        else {
            try refuseCompany()
            let own = try makeProducer(id)
            return Claimed(home: try openTopic(own).0, producer: own)
        }
        guard membership.readsCommitted else {
            throw .configuration(
                "exactly.once needs a source that begins at committed offsets alone; set its isolation.level to "
                    + "read_committed")
        }
        try prepare(producer)
        context.group.isCommittedBySink = true
        return Claimed(home: .group(GroupOffsets(membership: membership)), producer: nil)
    }

    func sender(_ producer: Producer) -> Sender { Sender(config, producer, context.stop) }

    /// The positions stored in the topic of the partitions claimed.
    func positions(of partitions: [PositionFields], in topic: PositionTopic) throws(ConnectorError) -> [Position] {
        try refuseCompany()
        let stored = try read(topic, until: deadline).positions
        return stored.filter { partitions.contains($0.partition) }
    }

    /// Where the group's offsets cannot be part of the transactions, nothing tells a former owner of a partition so.
    private func refuseCompany() throws(ConnectorError) {
        let reason = context.group.hasOneSink ? "the source is in another cluster" : "the pipeline has several sinks"
        let why =
            "exactly.once has only one task write while \(reason), since the consumer group's offsets cannot be part of "
            + "the transactions then"
        guard context.task.count == 1 else { throw .configuration("\(why); set tasks.max to 1") }
        guard context.group.membership?.isAlone() != false else {
            throw .fatal("\(why), and the group has another member; end that one, or set exactly.once to false")
        }
    }
}
