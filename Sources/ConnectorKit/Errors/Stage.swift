/// Where a record was when it failed; the value of the dead letter header `__connect.errors.stage`.
///
/// The names are Kafka Connect's (`org.apache.kafka.connect.runtime.errors.Stage`).
public enum Stage: String, Sendable, Hashable {
    /// The source was asked for records.
    case poll = "TASK_POLL"
    /// A key could not be read.
    case keyConverter = "KEY_CONVERTER"
    /// A value could not be read.
    case valueConverter = "VALUE_CONVERTER"
    /// A header could not be read.
    case headerConverter = "HEADER_CONVERTER"
    /// A transform or its predicate failed.
    case transformation = "TRANSFORMATION"
    /// A sink refused the record.
    case put = "TASK_PUT"
}
