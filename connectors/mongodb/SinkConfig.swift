import ConnectorKit

/// Settings of the `mongodb` sink.
struct SinkConfig: Sendable {
    static let collection = Setting.string(
        "collection",
        "The collection of a record; `${topic}` stands for its topic, `${field:path}` for the text or number of a field of "
            + "its value."
    ).example("raw_${topic}").defaulting(to: "${topic}").template.checked { CollectionTemplate.fault(in: $0) }.group(
        "Writing")
    static let strategy = Setting.enumeration(
        "writemodel.strategy", WriteStrategy.self,
        "`insert` adds documents; `replace` adds them or replaces those with the same `_id`; `upsert` adds them or sets "
            + "their fields in those with the same `_id`; `update` sets fields of documents that exist and passes over others."
    ).defaulting(to: .replace).group("Writing")
    static let idStrategy = Setting.enumeration(
        "document.id.strategy", IDStrategy.self,
        "Where `_id` comes from: `object_id` makes a new ObjectId unless the value has an `_id`; `full_key` is the record's "
            + "key; `provided_in_key` and `provided_in_value` are the field `document.id.field` of key or value; "
            + "`value_hash` is half of the SHA-256 of the stored fields; `position` is the record's topic, partition and "
            + "offset, and rejects what a source gives no offset (`kafka` gives one)."
    ).defaulting(to: .objectID).group("Writing")
    static let idField = Setting.string("document.id.field", "Path of the field that is the `_id`.")
        .defaulting(to: "_id").group("Writing")
        .checked { (try? FieldPath($0)) == nil ? "document.id.field is \"\($0)\", which is no path of fields" : nil }
    static let deletes = Setting.bool(
        "delete.on.null.values",
        "Whether a tombstone deletes the document of its key; needs an `_id` from the key. Otherwise it is rejected."
    ).defaulting(to: false).group("Writing")
    static let ordered = Setting.bool(
        "bulk.write.ordered",
        "Whether the server writes the documents of a batch one after the other. A refused one never stops those behind it."
    ).defaulting(to: false).group("Writing")
    static let batchSize = Setting.int(
        "max.batch.size", in: 0...100_000, "The most documents in one command; 0 leaves it to their size."
    ).defaulting(to: 0).group("Writing")
    static let fieldTypes = Setting.map(
        "field.types",
        "What fields are stored as, by path: date, date_seconds, int32, int64, double, decimal128, string, binary (base64), "
            + "uuid, object_id. The elements of an array have the type of its path."
    ).defaulting(to: [:]).example("created_at:date,payload.price:decimal128").group("Values")
        .checked { FieldRules.fault(in: $0) }
    static let exactlyOnce = Setting.enumeration(
        "exactly.once.support", ExactlyOnce.self,
        "`required` fails at the start where the server has no transactions, unless a `document.id.strategy` other than "
            + "`object_id` finds a record's document again; `requested` uses transactions where they are; `disabled` does "
            + "without, which is faster for small batches."
    ).defaulting(to: .requested).group("Delivery")

    static let definition = ConfigDefinition(
        [
            ConnectionSettings.uri, ConnectionSettings.timeout, ConnectionSettings.database, collection, strategy,
            idStrategy, idField, deletes, ordered, batchSize, fieldTypes, exactlyOnce,
        ] + TimeSeries.settings,
        rules: rules + TimeSeries.rules)

    private static let rules: [ConfigDefinition.Rule] = [
        { ConnectionSettings.fault(in: $0[ConnectionSettings.uri]).map { ("connection.uri", $0) } },
        { values in
            guard values[idStrategy] == .objectID, values[strategy] == .update || values[strategy] == .upsert else {
                return nil
            }
            let name = values[strategy].rawValue
            return (
                "writemodel.strategy", "writemodel.strategy \(name) needs a document.id.strategy other than object_id"
            )
        },
        {
            $0[deletes] && !$0[idStrategy].isOfKey
                ? (
                    "delete.on.null.values",
                    "delete.on.null.values needs document.id.strategy full_key or provided_in_key; a tombstone has only its key"
                ) : nil
        },
    ]

    let connection: ConnectionSettings
    let collection: CollectionTemplate
    let strategy: WriteStrategy
    let idStrategy: IDStrategy
    let idField: FieldPath
    let deletes: Bool
    let ordered: Bool
    let batchSize: Int
    let rules: FieldRules
    /// What `field.types` says of `_id`.
    let idType: FieldType?
    let exactlyOnce: ExactlyOnce
    let timeSeries: TimeSeries?

    /// Whether documents are added only.
    var inserts: Bool { strategy == .insert }
    /// Whether writing a record again changes nothing.
    var isRepeatable: Bool { idStrategy != .objectID }
    /// Whether `exactly.once.support` is no promise without transactions.
    var needsTransactions: Bool { exactlyOnce == .required && !isRepeatable }

    init(_ values: ConfigValues) {
        connection = ConnectionSettings(
            uri: values[ConnectionSettings.uri], timeout: values[ConnectionSettings.timeout],
            database: values[ConnectionSettings.database])
        collection = CollectionTemplate(values[Self.collection])
        idStrategy = values[Self.idStrategy]
        timeSeries = TimeSeries(values)
        strategy = timeSeries != nil ? .insert : values[Self.strategy]
        idField = (try? FieldPath(values[Self.idField])) ?? FieldPath(name: "_id")
        deletes = values[Self.deletes]
        ordered = values[Self.ordered]
        batchSize = values[Self.batchSize] == 0 ? Int.max : values[Self.batchSize]
        var types = values[Self.fieldTypes].compactMapValues(FieldType.init(rawValue:))
        if let time = timeSeries?.timeField, types[time] == nil { types[time] = .date }
        rules = FieldRules(types)
        idType = types["_id"]
        exactlyOnce = values[Self.exactlyOnce]
    }
}

/// How documents are written.
enum WriteStrategy: String, Sendable, CaseIterable {
    case insert
    case replace
    case upsert
    case update
}

/// Where `_id` comes from.
enum IDStrategy: String, Sendable, CaseIterable {
    case objectID = "object_id"
    case fullKey = "full_key"
    case providedInKey = "provided_in_key"
    case providedInValue = "provided_in_value"
    case valueHash = "value_hash"
    case position

    var isOfKey: Bool { self == .fullKey || self == .providedInKey }
}

/// Whether positions are written with the documents.
enum ExactlyOnce: String, Sendable, CaseIterable {
    case requested
    case required
    case disabled
}
