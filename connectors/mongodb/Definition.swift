import ConnectorKit

extension MongoDBSink {
    /// The sink as a pipeline names it.
    static let definition = SinkDefinition(
        "mongodb", documentation: documentation, config: SinkConfig.definition,
        classes: [.mongoSink],
        output: {
            SinkOutput(
                "collection \(SinkOutput.pattern(of: $0[SinkConfig.collection])) of database \($0[ConnectionSettings.database])"
            )
        },
        check: check, make: { MongoDBSink() })

    private static let documentation = """
        Writes records into MongoDB collections as documents, exactly once where the server has transactions.

        **Exactly once.** On a replica set or a sharded cluster all batches between two flushes \
        (`offset.flush.interval.ms` of the worker) are one transaction, which also holds the positions they reach, in the \
        collection `sluice_positions` of the same database. The sink gives its content back when it starts, so a worker that \
        is killed at any instant neither loses nor repeats a document. A transaction that the server gives up is repeated \
        from memory; beyond 8 MiB it is committed early, unless a record was rejected since the last flush: then up to \
        64 MiB are kept, and what is beyond that cannot be repeated and fails the task if it has to be. Each position has an \
        epoch: a task whose partition another has taken over, or a worker that another one replaced, cannot commit any more. \
        Members of a Kafka consumer group take partitions over one by one, in any number of workers; a former owner that \
        stands still in the middle of a commit is waited for a sixth of `connection.timeout.ms`, and one that holds the same \
        documents for no time: then its transaction is ended (`killSessions`), which an owner that lives repeats. With \
        several sinks in a pipeline the smallest position counts, and \
        after a crash this one may get records again: use `replace` with a stable `_id` there.

        **At least once.** On a standalone server, with `exactly.once.support` `disabled`, and for time series, batches \
        are written at once. After a crash some records come again: with an `_id` from key, value, hash or position they meet \
        their own document, with `object_id` they make another. A batch that failed for now comes again with the same \
        `_id`s; only a time series, which has no unique `_id`, may then hold documents twice.

        **Refused documents.** A document that the server refuses is rejected alone, and so is one over 16 MiB, one nested \
        deeper than 100 levels and one with a NUL character in a field name. An insert whose very document is there already \
        counts as written. Unreachable servers, elections, timeouts and full disks are tried again; wrong passwords, \
        permissions and names fail the task.

        **Values.** Whole numbers are int64, beyond that decimal128; other numbers double where its shortest text is the same \
        number (`1.10`, `1e3`), else decimal128. A number that none of them holds exactly is rejected. `field.types` names \
        fields that are dates, binary and so on; a text that is no such thing is rejected. There "NaN", "Infinity" and \
        "-Infinity" are numbers for `double` and `decimal128`. With a schema (Kafka Connect's, as its JSON converter gives it) dates, \
        times and timestamps of Kafka Connect and Debezium are dates, decimals decimal128, Json what it says, Uuid a UUID, \
        int32 and smaller int32, and floats double; one that a date's milliseconds cannot hold, or that is not known, is \
        rejected by name. `field.types` goes before it. `_id` comes first, the other fields in their order.

        **Extended JSON.** An object such as `{"$oid": "…"}`, `{"$date": …}` or `{"$numberDecimal": "…"}` is the value that \
        MongoDB's extended JSON says, in its canonical, relaxed and legacy forms. A value that is one text of JSON, as a \
        StringConverter gives it, is the document in it, whose whole numbers are int32 where they fit; bytes are a document \
        in BSON. So what the `mongodb` source or mongo-kafka's wrote comes back with its types, all of them from \
        `ExtendedJson` and `bson`. A key that is such a text is a document, too.

        For Kafka Connect's `MongoSinkConnector` this sink stands in: its strategies are known by their classes as far as one \
        here does the same (`ReplaceOneDefaultStrategy` is `replace`, `UpdateOneDefaultStrategy` `upsert`, \
        `KafkaMetaDataStrategy` `position`); others, post processors and change data capture handlers are refused.
        """
}
