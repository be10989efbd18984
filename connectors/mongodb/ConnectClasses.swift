import ConnectorKit

extension ConnectClass {
    /// MongoDB's sink for Kafka Connect.
    static let mongoSink = ConnectClass(
        "MongoSink",
        values: [
            "writemodel.strategy": [
                "DefaultWriteModelStrategy": "replace", "ReplaceOneDefaultStrategy": "replace",
                "InsertOneDefaultStrategy": "insert", "UpdateOneDefaultStrategy": "upsert",
            ],
            "document.id.strategy": [
                "BsonOidStrategy": "object_id", "FullKeyStrategy": "full_key",
                "KafkaMetaDataStrategy": "position", "ProvidedInKeyStrategy": "provided_in_key",
                "ProvidedInValueStrategy": "provided_in_value",
            ],
        ],
        needless: ["max.num.retries", "retries.defer.timeout"])

    /// MongoDB's source for Kafka Connect.
    static let mongoSource = ConnectClass(
        "MongoSource", renamed: ["copy.existing": "startup.mode"],
        implied: [
            "output.format.key": "json", "output.format.value": "json", "output.json.formatter": "DefaultJson",
            "publish.full.document.only.tombstone.on.delete": "false",
        ],
        values: [
            "startup.mode": ["true": "copy_existing", "false": "latest"],
            "output.json.formatter": [
                "DefaultJson": "DefaultJson", "ExtendedJson": "ExtendedJson", "SimplifiedJson": "SimplifiedJson",
            ],
        ],
        needless: [
            "batch.size", "copy.existing.max.threads", "copy.existing.queue.size", "heartbeat.interval.ms",
            "heartbeat.topic.name", "poll.await.time.ms", "poll.max.batch.size",
            "startup.mode.copy.existing.max.threads", "startup.mode.copy.existing.queue.size",
        ])
}
