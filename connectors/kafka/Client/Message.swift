import CRdKafka
import ConnectorKit

/// Writes what is sent of a record; keeps its buffers from record to record.
@safe
struct Message: ~Copyable {
    /// Where a key or a value is.
    @safe
    enum Part {
        case none
        /// What was written for it.
        case written(Range<Int>)
        /// As it stands in the batch, until that is given back.
        case standing(UnsafeRawBufferPointer)

        var count: Int {
            switch self {
            case .none: 0
            case .written(let range): range.count
            case .standing(let bytes): bytes.count
            }
        }
    }

    struct Content {
        var key = Part.none
        var value = Part.none
    }

    private var headerNames = JSONWriter(capacity: 256)
    private var headerValues = JSONWriter(capacity: 256)
    private var headerEnds: [(name: Int, value: Int, isNull: Bool)] = []
    /// The record's key and value.
    private(set) var content = Content()
    /// Milliseconds since 1970-01-01 UTC; 0, also for a record without one, makes librdkafka take the time.
    private(set) var timestamp: Int64 = 0

    private var keys: PartEncoder
    private var values: PartEncoder
    private var headers: PartEncoder

    init(_ config: borrowing SinkConfig) {
        keys = PartEncoder(config.keyConverter)
        values = PartEncoder(config.valueConverter)
        headers = PartEncoder(config.headerConverter)
    }

    /// Its bytes: key, value and headers.
    var size: Int { content.key.count + content.value.count + headerNames.count + headerValues.count }

    /// Whether the record has a key.
    var hasKey: Bool { if case .none = content.key { false } else { true } }

    /// Whether there are neither headers nor a timestamp, which not every call can send.
    var isPlain: Bool { timestamp == 0 && headerEnds.isEmpty }

    /// Takes what is sent of a record; key and value go behind what `output` has, unless they can stay where they are.
    ///
    /// - Returns: What keeps it from being sent; nil when nothing does.
    mutating func encode(
        _ record: borrowing Record, _ config: borrowing SinkConfig, to output: inout JSONWriter
    ) -> ConnectorError? {
        timestamp = record.timestamp ?? 0
        if timestamp < 0 { return Self.timeFault(timestamp) }
        content = Content()
        if let standing = unsafe values.standing(record) {
            content.value = unsafe .standing(standing)
        } else if !record.isTombstone {
            let start = output.count
            if let fault = values.write(record.value, schema: record.schema, to: &output) { return fault }
            content.value = .written(start..<output.count)
        }
        return encodeKey(record, config, to: &output) ?? encodeHeaders(record)
    }

    private static func timeFault(_ timestamp: Int64) -> ConnectorError {
        .rejected(
            "the record's timestamp is \(timestamp); expected milliseconds since 1970-01-01, before which Kafka has none"
        )
    }

    private mutating func encodeKey(
        _ record: borrowing Record, _ config: borrowing SinkConfig, to output: inout JSONWriter
    ) -> ConnectorError? {
        guard config.keyMode != .none else { return nil }
        guard let field = config.keyField else { return encodeKey(record.key, record.keySchema, to: &output) }
        guard record[path: field].exists else {
            return .rejected("the value has no field \(field), which key.field names")
        }
        let schema = field.names.reduce(record.schema) { $0?.field($1) }
        return encodeKey(record[path: field], schema, to: &output)
    }

    private mutating func encodeKey(
        _ source: borrowing Value, _ schema: Schema?, to output: inout JSONWriter
    ) -> ConnectorError? {
        guard source.exists, !source.isNull else { return nil }
        let start = output.count
        if let fault = keys.write(source, schema: schema, to: &output) { return fault }
        content.key = .written(start..<output.count)
        return nil
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
}
