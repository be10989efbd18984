import CRdKafka
import ConnectorKit

/// What a client is to be made with; librdkafka's own list of properties decides what may stand in it.
@safe
struct ClientConfiguration: ~Copyable {
    private let raw: OpaquePointer

    init() { unsafe raw = rd_kafka_conf_new() }

    deinit { unsafe rd_kafka_conf_destroy(raw) }

    /// Sets a property.
    /// - Returns: librdkafka's sentence when it does not know the property or refuses the value; nil when all is well.
    borrowing func set(_ name: String, _ value: String) -> String? {
        var text = [CChar](repeating: 0, count: 512)
        let result = unsafe rd_kafka_conf_set(raw, name, value, &text, text.count)
        return result == RD_KAFKA_CONF_OK ? nil : cText(text)
    }

    /// A property as a whole number; nil when it is none.
    borrowing func number(_ name: String) -> Int? {
        text(name).flatMap { Int($0) }
    }

    /// A property as text, up to 31 bytes; nil when it is longer or there is none.
    borrowing func text(_ name: String) -> String? {
        var text = [CChar](repeating: 0, count: 32)
        var size = text.count
        guard unsafe rd_kafka_conf_get(raw, name, &text, &size) == RD_KAFKA_CONF_OK else { return nil }
        return cText(text)
    }

    /// Makes a client of these properties, whose log and errors go to `observer`.
    borrowing func client(_ type: rd_kafka_type_t, _ observer: Observer) throws(ConnectorError) -> KafkaClient {
        try DetachedCall.admit()
        guard let conf = unsafe rd_kafka_conf_dup(raw) else { throw .fatal("librdkafka is out of memory") }
        unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(observer).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(conf, logged)
        unsafe rd_kafka_conf_set_error_cb(conf, failed)
        if type == RD_KAFKA_PRODUCER {
            unsafe rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        } else {
            unsafe rd_kafka_conf_set_rebalance_cb(conf, rebalanced)
            unsafe JoinWatch.attach(to: conf)
        }
        // Tokens are fetched on librdkafka's own thread: the calls that wait for a broker serve no queue.
        let needsTokens = text("sasl.mechanism") == "OAUTHBEARER"
        unsafe rd_kafka_conf_enable_sasl_queue(conf, needsTokens ? 1 : 0)
        var text = [CChar](repeating: 0, count: 512)
        guard let client = unsafe rd_kafka_new(type, conf, &text, text.count) else {
            // With interceptors librdkafka has given up parts of it already, so that of a consumer has to be left.
            if type == RD_KAFKA_PRODUCER { unsafe rd_kafka_conf_destroy(conf) }
            throw .configuration("librdkafka refuses these settings: \(cText(text))")
        }
        if needsTokens, let error = unsafe rd_kafka_sasl_background_callbacks_enable(client) {
            unsafe rd_kafka_error_destroy(error)
        }
        return unsafe KafkaClient(client, observer)
    }
}

/// The text up to the terminating zero.
func cText(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

// librdkafka calls these with the client's opaque, an observer that outlives the client: the first on threads of its own,
// the others inside a poll.

private func logged(
    _ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
) {
    guard let text = unsafe text, let opaque = unsafe client.flatMap({ unsafe rd_kafka_opaque($0) }) else { return }
    unsafe Unmanaged<Observer>.fromOpaque(opaque).takeUnretainedValue()
        .logged(level, String(cString: text))
}

private func failed(
    _ client: OpaquePointer?, _ code: Int32, _ text: UnsafePointer<CChar>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let opaque = unsafe opaque else { return }
    let sentence = unsafe text.map { unsafe String(cString: $0) } ?? ""
    unsafe Unmanaged<Observer>.fromOpaque(opaque).takeUnretainedValue()
        .failed(rd_kafka_resp_err_t(rawValue: code), sentence)
}

private func rebalanced(
    _ client: OpaquePointer?, _ code: rd_kafka_resp_err_t,
    _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let client = unsafe client, let list = unsafe list, let opaque = unsafe opaque else { return }
    let observer = unsafe Unmanaged<Observer>.fromOpaque(opaque).takeUnretainedValue()
    unsafe observer.rebalance?.rebalanced(client, code, list)
}
