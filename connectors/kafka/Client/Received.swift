import CRdKafka
import ConnectorKit

/// An error that came in place of a message.
struct Trouble {
    let code: rd_kafka_resp_err_t
    /// What librdkafka says of it.
    let text: String
    /// Empty when it concerns no topic.
    let topic: String
    /// Negative when it concerns no partition.
    let partition: Int32
}

/// A message, or an error in its stead, as librdkafka handed it over; valid until it is taken.
@safe
struct Received {
    private let raw: UnsafeMutablePointer<rd_kafka_message_t>

    init(_ raw: UnsafeMutablePointer<rd_kafka_message_t>) { unsafe self.raw = unsafe raw }

    /// The error that stands here; `NO_ERROR` in a message.
    var code: rd_kafka_resp_err_t { unsafe raw.pointee.err }

    /// The error that stands here.
    var trouble: Trouble { Trouble(code: code, text: errorText, topic: topic, partition: partition) }

    /// What librdkafka says of the error.
    var errorText: String { unsafe rd_kafka_message_errstr(raw).map { unsafe String(cString: $0) } ?? "" }

    var partition: Int32 { unsafe raw.pointee.partition }
    var offset: Int64 { unsafe raw.pointee.offset }

    /// Tells topics apart while messages are held; nil in an error that concerns none.
    var topicHandle: OpaquePointer? { unsafe raw.pointee.rkt }

    var topic: String { unsafe raw.pointee.rkt.map { unsafe String(cString: rd_kafka_topic_name($0)) } ?? "" }

    /// Milliseconds since 1970-01-01 UTC; nil when the broker gave none.
    var timestamp: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = unsafe rd_kafka_message_timestamp(raw, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : time
    }

    /// Nil in a tombstone.
    var value: UnsafeRawBufferPointer? {
        guard let start = unsafe raw.pointee.payload else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start, count: raw.pointee.len)
    }

    var key: UnsafeRawBufferPointer? {
        guard let start = unsafe raw.pointee.key else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start, count: raw.pointee.key_len)
    }

    /// Visits the headers in order; a value may be nil.
    func forEachHeader(_ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {
        var headers: OpaquePointer?
        guard unsafe rd_kafka_message_headers(raw, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while unsafe rd_kafka_header_get_all(headers, index, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
            if let name = unsafe name {
                let content = unsafe value.map { unsafe UnsafeRawBufferPointer(start: $0, count: count) }
                unsafe body(String(cString: name), content)
            }
            index += 1
        }
    }
}
