import CRdKafka
import ConnectorKit

extension Consumer {
    /// Bounds each question to the brokers.
    private static let patience = Duration.seconds(1)

    /// What sinks are told of this member; nil while the brokers have not said which cluster they are.
    func membership(readsCommitted: Bool) -> ConsumerGroup.Membership? {
        let start = WorkerClock.system.monotonic
        let cluster = client.clusterID(within: Self.patience)
        // Brokers that have answered and named none never do, and librdkafka says so at once. A name that is only late must
        // not be taken for none: positions are stored under it.
        if cluster == nil, WorkerClock.system.monotonic - start >= Self.patience / 2 { return nil }
        return ConsumerGroup.Membership(
            id: group, cluster: cluster ?? "", readsCommitted: readsCommitted,
            isAlone: { [weak self] in self?.members().map { $0 == 1 } }, metadata: { [weak self] in self?.metadata() })
    }

    /// How many members the group has; nil when the brokers do not say in a second, or while it changes.
    private func members() -> Int? {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = unsafe rd_kafka_list_groups(client.raw, group, &list, Int32(Self.patience.milliseconds))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list else { return nil }
        defer { unsafe rd_kafka_group_list_destroy(list) }
        guard unsafe list.pointee.group_cnt == 1 else { return nil }
        let found = unsafe list.pointee.groups[0]
        guard unsafe found.err == RD_KAFKA_RESP_ERR_NO_ERROR, unsafe String(cString: found.state) == "Stable" else {
            return nil
        }
        return Int(unsafe found.member_cnt)
    }

    /// The group's metadata, for the commit of its offsets in a transaction; nil once that must not be: the brokers look at
    /// the generation, not at who has a partition.
    private func metadata() -> [UInt8]? {
        guard let metadata = unsafe rd_kafka_consumer_group_metadata(client.raw) else { return nil }
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        // Asked afterwards, so that a generation of which it is not known yet what it took away is not given out.
        guard assignment.locked({ assignment.isKnown && !assignment.isForfeited }) else { return nil }
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        if let error = unsafe rd_kafka_consumer_group_metadata_write(metadata, &bytes, &count) {
            unsafe rd_kafka_error_destroy(error)
            return nil
        }
        defer { unsafe rd_kafka_mem_free(client.raw, bytes) }
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
