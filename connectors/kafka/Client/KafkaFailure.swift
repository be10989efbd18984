import CRdKafka
import ConnectorKit

/// librdkafka's name of an error: `MSG_SIZE_TOO_LARGE`.
func name(of code: rd_kafka_resp_err_t) -> String { unsafe String(cString: rd_kafka_err2name(code)) }

/// The sentence for an error: what was attempted, what came of it, and what to do.
func connectorError(_ code: rd_kafka_resp_err_t, _ what: String, _ detail: String? = nil) -> ConnectorError {
    if code == RD_KAFKA_RESP_ERR__FENCED { return fenced(detail ?? what) }
    let said = unsafe detail.flatMap { $0.isEmpty ? nil : $0 } ?? String(cString: rd_kafka_err2str(code))
    let advice = advice(for: code, said).map { "; \($0)" } ?? ""
    return ConnectorError(kind(of: code), "\(what): \(said)\(advice)", native: name(of: code))
}

/// The sentence for a producer whose transactional id another one has taken over. A new start would take it back, and the
/// two would end each other in turn, so there is none.
func fenced(_ detail: String) -> ConnectorError {
    .configuration(
        "another producer has taken over this task's transactional.id, so this one stops for good: the same pipeline runs "
            + "in another worker; end one of them, or give each a transactional.id of its own (\(detail))",
        native: name(of: RD_KAFKA_RESP_ERR__FENCED))
}

/// What the worker does about an error. What is not named may pass by itself: librdkafka has a hundred such.
func kind(of code: rd_kafka_resp_err_t) -> ConnectorError.Kind {
    switch code {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
        RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_RECORD,
        RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        .rejected
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR__SSL,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
        RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
        RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        .configuration
    case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        .fatal
    default: .retriable
    }
}

private func advice(for code: rd_kafka_resp_err_t, _ said: String) -> String? {
    switch code {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        "check sasl.mechanism, sasl.username and sasl.password"
            + (said.contains("SCRAM") ? scramTrap().map { "; \($0)" } ?? "" : "")
    case RD_KAFKA_RESP_ERR__SSL: "check security.protocol, ssl.ca.location and the name the certificate is for"
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        "grant the user Describe on the topic, and Write for a sink or Read for a source"
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED: "grant the user Read on the group"
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        "grant the user Write and Describe on the transactional.id"
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        "grant the user Write on the topic, and IdempotentWrite on the cluster where Kafka is older than 2.8"
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
        "set kafka.session.timeout.ms to between the brokers' group.min.session.timeout.ms and "
            + "group.max.session.timeout.ms, 6 s and 30 min by default"
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
        "the group's other members share partitions out in another way; take a group.id of its own, or set "
            + "kafka.partition.assignment.strategy to theirs"
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        "create the topic; a sink does so itself with topic.creation.default.partitions"
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        "set topic.creation.default.replication.factor to at most the number of brokers; brokers before 2.4 do not take -1"
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        "raise kafka.message.max.bytes here and max.message.bytes of the topic, or make the record smaller"
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE:
        "check bootstrap.servers and security.protocol, and that the brokers run"
    default: nil
    }
}

/// What to know when SCRAM fails: librdkafka repeated its nonce until 2.6.1 (confluentinc/librdkafka issue 4895), which
/// Kafka 4 refuses as if the password were wrong.
///
/// - Parameter version: librdkafka's, a byte for each part.
/// - Returns: Nil for a version without the fault.
func scramTrap(version: Int32 = rd_kafka_version(), named text: String = installedVersion) -> String? {
    guard version < 0x0206_0100 else { return nil }
    return
        "with SCRAM the password may be right all the same: the installed librdkafka \(text) cannot log in to Kafka 4 "
        + "with SCRAM; install librdkafka 2.6.1 or later, or use PLAIN over TLS"
}

/// The version of the librdkafka in use: `2.0.2`.
var installedVersion: String { unsafe String(cString: rd_kafka_version_str()) }
