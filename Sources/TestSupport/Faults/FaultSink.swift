import Foundation

/// Where a scenario's records go.
public enum FaultSink: String, Sendable, CaseIterable {
    /// A table, by COPY.
    case postgres
    /// A collection, in transactions.
    case mongodb
    /// A topic of the same cluster, in transactions.
    case kafka
    /// A topic of the same cluster, without transactions.
    case kafkaPlain = "kafka-plain"
    /// Files without rotation, `${task}` in their names; each worker has a folder of its own.
    case file

    /// Whether a record may never come twice.
    public func isExact(members: Int) -> Bool {
        switch self {
        case .postgres, .mongodb, .kafka: true
        case .kafkaPlain: false
        // Workers cannot share a folder, so another one cannot know what the first has written.
        case .file: members == 1
        }
    }

    /// What it takes of a stream: SecantusDB is slow when acknowledged writes must outlive SIGKILL.
    var share: Int { self == .mongodb ? 4 : 1 }

    /// The sink of a pipeline, as JSON.
    func settings(_ run: String, _ address: FaultGround.Address) -> String {
        switch self {
        case .postgres:
            """
            "connector": "postgres", "connection.url": "\(address.postgres)/\(run)?sslmode=disable&gssencmode=disable",
            "table.name.format": "t", "connection.timeout.ms": 5000
            """
        case .mongodb:
            """
            "connector": "mongodb", "connection.uri": "\(address.mongodb)/?directConnection=true", "database": "\(run)",
            "collection": "t", "exactly.once.support": "required", "connection.timeout.ms": 15000
            """
        case .kafka:
            """
            "connector": "kafka", "bootstrap.servers": "\(address.kafka)", "topic": "\(run)-out", "exactly.once": true,
            "transaction.timeout.ms": 5000, "key.field": "k"
            """
        case .kafkaPlain:
            #""connector": "kafka", "bootstrap.servers": "\#(address.kafka)", "topic": "\#(run)-out", "key.field": "k""#
        case .file:
            #""connector": "file", "path": "out/part-${task}-${sequence}.ndjson""#
        }
    }
}

/// The librdkafka that workers are run with.
public enum FaultLibrary: String, Sendable, CaseIterable {
    /// The system's: Debian 12 has 2.0.2.
    case system
    /// The one inside of the Python package confluent-kafka.
    case newer

    /// Added to a worker's environment.
    func environment(in folder: URL) throws -> [String: String] {
        self == .system ? [:] : try NewerLibrdkafka.environment(in: folder.path)
    }
}
