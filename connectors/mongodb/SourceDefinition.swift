import ConnectorKit

extension MongoDBSource {
    /// The source as a pipeline names it.
    static let definition = SourceDefinition(
        "mongodb", documentation: documentation, config: SourceConfig.definition,
        classes: [.mongoSource], check: check, make: { MongoDBSource() })

    private static let documentation = """
        Reads the changes of a MongoDB collection or database as they happen, from a change stream of a replica set or a \
        sharded cluster.

        A position is the resume token of the last event. Without one the source begins with the changes from now on, or, \
        with `startup.mode` `copy_existing`, with all documents in the order of `_id`, and then the changes since the copy \
        began; the copy goes on where it was after a restart. `timestamp` begins with the changes from a time on. A token that the server no longer takes is an error and \
        never a gap.

        A record is the event as MongoDB has it, or the changed document alone (`publish.full.document.only`), with the \
        document's key as its key; a deletion is then a tombstone. The topic is `topic.prefix`, the database and the \
        collection. `--once` and `follow` `false` end the source when there is no further change.

        For Kafka Connect's `MongoSourceConnector` this source stands in: `output.json.formatter` is then `extended` unless it \
        is given, and what a record holds is what the converters make of the event, whatever `output.format.value` says.
        """
}
