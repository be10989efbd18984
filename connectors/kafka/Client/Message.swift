import CRdKafka
import ConnectorKit

/// One message on its way to Kafka; keeps its buffers from record to record.
@safe
struct Message: ~Copyable {
    private var key = JSONWriter(capacity: 1 << 10)
    private var value = JSONWriter(capacity: 1 << 12)
    private var headerNames = JSONWriter(capacity: 256)
    private var headerValues = JSONWriter(capacity: 256)
    private var headerEnds: [(name: Int, value: Int, isNull: Bool)] = []
    /// Whether the record has a key.
    private(set) var hasKey = false
    private var hasValue = false
    /// Milliseconds since 1970-01-01 UTC; 0 means now.
    private(set) var timestamp: Int64 = 0

    private var keys: PartEncoder
    private var values: PartEncoder
    private var headers: PartEncoder

    init(_ config: borrowing SinkConfig) {
        keys = PartEncoder(config.keyConverter)
        values = PartEncoder(config.valueConverter)
        headers = PartEncoder(config.headerConverter)
    }

    /// Takes what is sent of a record.
    ///
    /// - Returns: What keeps it from being sent; nil when nothing does.
    mutating func encode(_ record: borrowing Record, _ config: borrowing SinkConfig) -> ConnectorError? {
        key.removeAll()
        value.removeAll()
        timestamp = max(record.timestamp ?? 0, 0)
        hasValue = !record.isTombstone
        if hasValue, let fault = values.write(record.value, schema: record.schema, to: &value) { return fault }
        return encodeKey(record, config) ?? encodeHeaders(record)
    }

    private mutating func encodeKey(_ record: borrowing Record, _ config: borrowing SinkConfig) -> ConnectorError? {
        guard config.keyMode != .none else {
            hasKey = false
            return nil
        }
        guard let field = config.keyField else { return encodeKey(record.key) }
        return encodeKey(record[path: field])
    }

    private mutating func encodeKey(_ source: borrowing Value) -> ConnectorError? {
        hasKey = source.exists && !source.isNull
        return hasKey ? keys.write(source, to: &key) : nil
    }

    private mutating func encodeHeaders(_ record: borrowing Record) -> ConnectorError? {
        headerEnds.removeAll(keepingCapacity: true)
        headerNames.removeAll()
        headerValues.removeAll()
        var fault: ConnectorError?
        record.headers.forEach { name, value in
            unsafe name.withUTF8 { unsafe headerNames.write(UnsafeRawBufferPointer($0)) }
            if !value.isNull { fault = headers.write(value, to: &headerValues) ?? fault }
            headerEnds.append((headerNames.count, headerValues.count, value.isNull))
        }
        return fault
    }

    /// The headers for librdkafka, to be destroyed unless they are sent; nil when there are none.
    borrowing func headerList() -> OpaquePointer? {
        guard !headerEnds.isEmpty, let list = unsafe rd_kafka_headers_new(headerEnds.count) else { return nil }
        unsafe headerNames.withBytes { names in
            unsafe headerValues.withBytes { values in
                var (name, value) = (0, 0)
                for end in headerEnds {
                    let text = unsafe names.baseAddress.map { unsafe $0 + name }
                    let content = unsafe end.isNull ? nil : values.baseAddress.map { unsafe $0 + value }
                    _ = unsafe rd_kafka_header_add(
                        list, text?.assumingMemoryBound(to: CChar.self), end.name - name, content, end.value - value)
                    (name, value) = (end.name, end.value)
                }
            }
        }
        return unsafe list
    }

    /// Calls `body` with key and value, whose addresses are nil where there is none.
    borrowing func withContent<R>(_ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> R) -> R {
        let none = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        return unsafe key.withBytes { key in
            unsafe value.withBytes { value in unsafe body(hasKey ? key : none, hasValue ? value : none) }
        }
    }
}
