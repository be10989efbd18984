import CMongo
import ConnectorKit

/// Settings of the `mongodb` source.
struct SourceConfig: Sendable {
    enum StartupMode: String, Sendable, CaseIterable {
        case latest
        case copyExisting = "copy_existing"
        case timestamp
    }

    enum FullDocument: String, Sendable, CaseIterable {
        case standard = "default"
        case updateLookup
        case whenAvailable
        case required
    }

    enum FullDocumentBeforeChange: String, Sendable, CaseIterable {
        case standard = "default"
        case off
        case whenAvailable
        case required
    }

    enum Formatter: String, Sendable, CaseIterable {
        case simplified
        case extended
        /// mongo-kafka's, by their names.
        case defaultJson = "DefaultJson"
        case extendedJson = "ExtendedJson"
        case simplifiedJson = "SimplifiedJson"

        var style: DocumentStyle {
            switch self {
            case .simplified: .simplified
            case .extended: .relaxed
            case .defaultJson: .strict
            case .extendedJson: .canonical
            case .simplifiedJson: .simplifiedJson
            }
        }
    }

    enum OutputFormat: String, Sendable, CaseIterable {
        case document
        case json
        case bson
    }

    static let collection = Setting.string("collection", "The collection to watch; without it all of the database.")
        .optional.group("What to read")
    static let pipeline = Setting.string(
        "pipeline", "Aggregation stages, as a JSON array, that the server applies to the events."
    ).defaulting(to: "[]").example(#"[{"$match":{"operationType":"insert"}}]"#).group("What to read")
        .checked { array($0) == nil ? "pipeline is no JSON array of stages" : nil }
    static let startup = Setting.enumeration(
        "startup.mode", StartupMode.self,
        "Where to begin without a stored position: `latest` with the changes from now on, `copy_existing` with all documents "
            + "that are there and then the changes since, `timestamp` with the changes from "
            + "`startup.mode.timestamp.start.at.operation.time` on."
    ).defaulting(to: .latest).group("What to read")
    static let startTime = Setting.string(
        "startup.mode.timestamp.start.at.operation.time",
        "The time to begin at, no earlier than the server's oplog: whole seconds since 1970, an ISO 8601 date, or an extended "
            + "JSON timestamp."
    ).example("2026-01-31T12:00:00Z").checked {
        OperationTime.parse($0) == nil
            ? "startup.mode.timestamp.start.at.operation.time is \"\($0)\"; expected whole seconds since 1970, a date as "
                + "2026-01-31T12:00:00Z, or {\"$timestamp\": {\"t\": 1, \"i\": 1}}" : nil
    }.optional.group("What to read")
    static let fullDocument = Setting.enumeration(
        "change.stream.full.document", FullDocument.self,
        "Which document the event of an update has, as MongoDB's `fullDocument`."
    ).defaulting(to: .standard).group("What to read")
    static let fullDocumentBeforeChange = Setting.enumeration(
        "change.stream.full.document.before.change", FullDocumentBeforeChange.self,
        "Whether an event has the document from before the change, as MongoDB's `fullDocumentBeforeChange`; the collection "
            + "needs `changeStreamPreAndPostImages`. `default` leaves it to the server."
    ).defaulting(to: .standard).group("What to read")
    static let follow = Setting.bool(
        "follow", "Whether to wait for more changes; else the source ends when there is none."
    )
    .defaulting(to: true).group("What to read")
    static let await = Setting.duration(
        "poll.await.time.ms", in: .milliseconds(1)...Duration.seconds(1), "How long the server waits for a change."
    ).defaulting(to: .milliseconds(500)).group("What to read")
    static let documentOnly = Setting.bool(
        "publish.full.document.only",
        "Whether a record is the changed document alone, looked up for updates, and not the event around it."
    ).defaulting(to: false).group("Records")
    static let tombstones = Setting.bool(
        "publish.full.document.only.tombstone.on.delete",
        "Whether a deletion is a tombstone with the document's key, with `publish.full.document.only`; else it is passed over."
    ).defaulting(to: true).group("Records")
    static let prefix = Setting.string(
        "topic.prefix", "Put with a dot before the topic, which is the database, a dot and the collection."
    ).defaulting(to: "").group("Records")
    static let formatter = Setting.enumeration(
        "output.json.formatter", Formatter.self,
        "`simplified` makes dates ISO 8601 texts, ObjectIds hexadecimal texts, bytes base64 and all numbers numbers; "
            + "NaN and the infinities are the texts `NaN`, `Infinity` and `-Infinity`. `extended` is MongoDB's relaxed extended "
            + "JSON. mongo-kafka's formatters write what they write there: `DefaultJson` the extended JSON of before version 2 "
            + "(`{\"$date\": 0}`, `{\"$numberLong\": \"1\"}`), `ExtendedJson` the canonical one, which keeps every type, and "
            + "`SimplifiedJson` plain values, decimal128 as text and dates without the zeros at their end; NaN and the infinities "
            + "are `{\"$numberDouble\": …}` in all three, since nothing else is JSON."
    ).defaulting(to: .simplified).group("Records")
    static let valueFormat = Setting.enumeration(
        "output.format.value", OutputFormat.self,
        "What the value of a record is: `document`, whose fields transforms and sinks find; `json`, one text that holds the "
            + "JSON, as mongo-kafka publishes it; `bson`, the bytes as MongoDB has them, whatever the formatter."
    ).defaulting(to: .document).group("Records")
    static let keyFormat = Setting.enumeration(
        "output.format.key", OutputFormat.self, "What the key of a record is; see `output.format.value`."
    ).defaulting(to: .document).group("Records")

    static let definition = ConfigDefinition(
        [
            ConnectionSettings.uri, ConnectionSettings.timeout, ConnectionSettings.database, collection, pipeline,
            startup, startTime, fullDocument, fullDocumentBeforeChange, follow, Self.await, documentOnly, tombstones,
            prefix, formatter, keyFormat, valueFormat,
        ],
        rules: [
            { ConnectionSettings.fault(in: $0[ConnectionSettings.uri]).map { ("connection.uri", $0) } },
            {
                $0[startup] == .timestamp && $0[startTime] == nil
                    ? (
                        "startup.mode",
                        "startup.mode timestamp needs startup.mode.timestamp.start.at.operation.time, the time to begin at"
                    ) : nil
            },
        ])

    let connection: ConnectionSettings
    let collection: String?
    let pipeline: [UInt8]
    let startup: StartupMode
    /// Where to begin with `startup.mode` `timestamp`; nil otherwise.
    let startTime: UInt64?
    let fullDocument: FullDocument
    let fullDocumentBeforeChange: FullDocumentBeforeChange
    let follow: Bool
    let awaitTime: Duration
    let documentOnly: Bool
    let tombstones: Bool
    let prefix: String
    let formatter: Formatter
    let keyFormat: OutputFormat
    let valueFormat: OutputFormat

    init(_ values: ConfigValues) {
        connection = ConnectionSettings(
            uri: values[ConnectionSettings.uri], timeout: values[ConnectionSettings.timeout],
            database: values[ConnectionSettings.database])
        collection = values[Self.collection]
        pipeline = Self.array(values[Self.pipeline]) ?? BSONDocument.empty
        startup = values[Self.startup]
        startTime = startup == .timestamp ? values[Self.startTime].flatMap(OperationTime.parse) : nil
        fullDocumentBeforeChange = values[Self.fullDocumentBeforeChange]
        documentOnly = values[Self.documentOnly]
        let asked = values[Self.fullDocument]
        fullDocument = documentOnly && asked == .standard ? .updateLookup : asked
        follow = values[Self.follow]
        awaitTime = values[Self.await]
        tombstones = values[Self.tombstones]
        prefix = values[Self.prefix].isEmpty ? "" : values[Self.prefix] + "."
        formatter = values[Self.formatter]
        keyFormat = values[Self.keyFormat]
        valueFormat = values[Self.valueFormat]
    }

    /// A JSON array as BSON; nil when it is none.
    private static func array(_ json: String) -> [UInt8]? {
        guard json.drop(while: \.isWhitespace).hasPrefix("[") else { return nil }
        return BSONDocument(extendedJSON: json).map { Array($0.bytes) }
    }
}
