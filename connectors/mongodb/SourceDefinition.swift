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
        began; the copy goes on where it was after a restart. `timestamp` begins with the changes from a time on. A token that \
        the server no longer takes is an error and never a gap, whatever `errors.tolerance` says. When what is watched is \
        dropped or renamed, the source goes on with what comes under its name; MongoDB 4.2 or later is needed.

        A record is the event as MongoDB has it, or the changed document alone (`publish.full.document.only`), with the \
        document's key as its key, or the event's own `_id` where it is of no document; of documents alone a deletion is a \
        tombstone. For another MongoDB `output.json.formatter` `ExtendedJson` keeps every type. The topic is `topic.prefix`, \
        the database and the collection. `--once` and `follow` `false` end the source when there is no further change.

        For Kafka Connect's `MongoSourceConnector` this source stands in, with that connector's defaults: `output.format.key` \
        and `output.format.value` are `json`, so that a JsonConverter wraps a text and a StringConverter gives it as it is, \
        `output.json.formatter` is `DefaultJson`, and `publish.full.document.only.tombstone.on.delete` is `false`. \
        `output.format.value` `schema` is refused.
        """
}
