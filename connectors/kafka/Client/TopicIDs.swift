import CRdKafka
import ConnectorKit
import Glibc

/// Asks brokers for the ids of topics, which tell a topic from one of the same name made later.
///
/// librdkafka has had the call since 2.3, so it is looked for at run time.
@safe
struct TopicIDs {
    /// The id of a topic of which a broker does not tell it.
    private static let none = "AAAAAAAAAAAAAAAAAAAAAA"

    private typealias MakeTopics = @convention(c) (UnsafePointer<UnsafePointer<CChar>?>?, Int) -> OpaquePointer?
    private typealias DestroyTopics = @convention(c) (OpaquePointer?) -> Void
    private typealias Describe = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?) -> Void
    private typealias Result = @convention(c) (OpaquePointer?) -> OpaquePointer?
    private typealias Topics =
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafeMutablePointer<OpaquePointer?>?
    private typealias Text = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?

    private let makeTopics: MakeTopics
    private let destroyTopics: DestroyTopics
    private let describe: Describe
    private let result: Result
    private let topics: Topics
    private let name: Text
    private let error: Result
    private let id: Result
    private let text: Text

    /// Nil where the library has no such call.
    static let shared: TopicIDs? = TopicIDs()

    private init?() {
        guard let makeTopics: MakeTopics = unsafe Self.find("rd_kafka_TopicCollection_of_topic_names"),
            let destroyTopics: DestroyTopics = unsafe Self.find("rd_kafka_TopicCollection_destroy"),
            let describe: Describe = unsafe Self.find("rd_kafka_DescribeTopics"),
            let result: Result = unsafe Self.find("rd_kafka_event_DescribeTopics_result"),
            let topics: Topics = unsafe Self.find("rd_kafka_DescribeTopics_result_topics"),
            let name: Text = unsafe Self.find("rd_kafka_TopicDescription_name"),
            let error: Result = unsafe Self.find("rd_kafka_TopicDescription_error"),
            let id: Result = unsafe Self.find("rd_kafka_TopicDescription_topic_id"),
            let text: Text = unsafe Self.find("rd_kafka_Uuid_base64str")
        else { return nil }
        unsafe self.makeTopics = unsafe makeTopics
        unsafe self.destroyTopics = unsafe destroyTopics
        unsafe self.describe = unsafe describe
        unsafe self.result = unsafe result
        unsafe self.topics = unsafe topics
        unsafe self.name = unsafe name
        unsafe self.error = unsafe error
        unsafe self.id = unsafe id
        unsafe self.text = unsafe text
    }

    private static func find<Function>(_ name: String) -> Function? {
        unsafe dlsym(nil, name).map { unsafe unsafeBitCast($0, to: Function.self) }
    }

    /// The ids of these topics, without those that have none or are not told; nil when no broker answers in time.
    func ids(of names: [String], _ client: KafkaClient, within timeout: Duration) -> [String: String]? {
        guard let queue = unsafe rd_kafka_queue_new(client.raw) else { return nil }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let copies = unsafe names.map { unsafe UnsafePointer(strdup($0)) }
        defer { unsafe copies.forEach { unsafe free(UnsafeMutableRawPointer(mutating: $0)) } }
        let asked = unsafe copies.withUnsafeBufferPointer { unsafe makeTopics($0.baseAddress, $0.count) }
        defer { unsafe destroyTopics(asked) }
        unsafe describe(client.raw, asked, nil, queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, Int32(timeout.milliseconds)) else { return nil }
        defer { unsafe rd_kafka_event_destroy(event) }
        guard unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        var count = 0
        guard let found = unsafe topics(result(event), &count) else { return nil }
        var ids: [String: String] = [:]
        for index in 0..<count {
            let topic = unsafe found[index]
            guard unsafe rd_kafka_error_code(error(topic)) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let name = unsafe name(topic), let text = unsafe text(id(topic))
            else { continue }
            let id = unsafe String(cString: text)
            if id != Self.none { ids[unsafe String(cString: name)] = id }
        }
        return ids
    }
}
