import ConnectorKit

/// The topic and partition that a run of records shares.
struct Route {
    private(set) var topic: String?
    private(set) var partition: Int32?

    init() {}

    init(_ record: Record) {
        topic = record.topic
        partition = record.partition
    }

    func matches(_ record: Record) -> Bool {
        guard record.partition == partition else { return false }
        return topic.map { record.topicEquals($0) } ?? (record.topic == nil)
    }
}
