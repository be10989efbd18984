import CRdKafka
import Synchronization

/// Knows whether a consumer has asked to join its group and has not heard what came of it.
///
/// A broker answers one request of a connection after the other, and the answer to this one waits for all members. A commit
/// sent meanwhile is looked at afterwards, when its generation is over, and the refusal has librdkafka before 2.10 give up all
/// partitions (confluentinc/librdkafka issue 4059). A consumer that ends between that answer and its first partitions has
/// librdkafka before 2.3 end the process (issue 4312). librdkafka's own threads tell it; safe from any thread.
final class JoinWatch: Sendable {
    /// The numbers of the requests (https://kafka.apache.org/protocol#protocol_api_keys).
    private enum Request {
        static let joinGroup: Int16 = 11
        static let syncGroup: Int16 = 14
    }

    /// Versions from this one on end such a consumer.
    private static let mended: Int32 = 0x0203_0000

    private let isUnderWay = Atomic<Bool>(false)
    private let answers = Atomic<Int>(0)
    /// How many answers had come when the consumer was seen not to have joined; -1 until then.
    private let answersWithoutJoin = Atomic<Int>(-1)
    private let isAssigned = Atomic<Bool>(false)

    /// Whether it has asked, and been told of no partitions since.
    var isJoining: Bool { isUnderWay.load(ordering: .acquiring) }

    /// A request has gone to a broker.
    func sent(_ request: Int16) {
        if request == Request.joinGroup { isUnderWay.store(true, ordering: .releasing) }
    }

    /// The answer to a request has come.
    func answered(_ request: Int16) {
        if request == Request.joinGroup { answers.wrappingAdd(1, ordering: .releasing) }
        if request == Request.syncGroup { isUnderWay.store(false, ordering: .releasing) }
    }

    /// The group has given partitions, be it none.
    func assigned() { isAssigned.store(true, ordering: .releasing) }

    /// The consumer is about to leave its group.
    ///
    /// - Parameter hasJoined: Whether an answer to JoinGroup has let it in.
    func leaving(hasJoined: Bool) {
        if !hasJoined { answersWithoutJoin.store(answers.load(ordering: .acquiring), ordering: .releasing) }
    }

    /// Whether the client may be destroyed.
    ///
    /// - Parameter version: librdkafka's.
    func mayEnd(_ version: Int32 = rd_kafka_version()) -> Bool {
        let count = answers.load(ordering: .acquiring)
        return version >= Self.mended || count == 0 || isAssigned.load(ordering: .acquiring)
            || answersWithoutJoin.load(ordering: .acquiring) == count
    }

    /// Has the client that is made of `conf` tell its observer's watch.
    static func attach(to conf: OpaquePointer) {
        unsafe _ = rd_kafka_conf_interceptor_add_on_new(conf, name, made, nil)
    }

    private static let name = "sluice"

    private static let made:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, Int
        ) -> rd_kafka_resp_err_t = { client, _, _, _, _ in
            unsafe _ = rd_kafka_interceptor_add_on_response_received(client, name, answerCame, nil)
            return unsafe rd_kafka_interceptor_add_on_request_sent(client, name, requestWent, nil)
        }

    private static let requestWent:
        @convention(c) (
            OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, Int16, Int16, Int32, Int, UnsafeMutableRawPointer?
        ) -> rd_kafka_resp_err_t = { client, _, _, _, request, _, _, _, _ in
            unsafe watch(of: client)?.sent(request)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }

    private static let answerCame:
        @convention(c) (
            OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, Int16, Int16, Int32, Int, Int64, rd_kafka_resp_err_t,
            UnsafeMutableRawPointer?
        ) -> rd_kafka_resp_err_t = { client, _, _, _, request, _, _, _, _, _, _ in
            unsafe watch(of: client)?.answered(request)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }

    private static func watch(of client: OpaquePointer?) -> JoinWatch? {
        guard let client = unsafe client, let opaque = unsafe rd_kafka_opaque(client) else { return nil }
        return unsafe Unmanaged<Observer>.fromOpaque(opaque).takeUnretainedValue().rebalance?.join
    }
}
