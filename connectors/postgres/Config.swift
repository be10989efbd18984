import ConnectorKit

/// Settings of the `postgres` sink.
struct Config: Sendable {
    static let table = Setting.string(
        "table.name.format",
        "The table of a record; `${topic}` stands for its topic. A dot written here, not one of a topic, ends the schema's name, unless it stands in double quotes, as in `\"my.schema\".t`."
    ).example("raw.${topic}").defaulting(to: "${topic}").template.checked { TableTemplate.fault(in: $0) }.group(
        "Writing")
    static let mode = Setting.enumeration(
        "insert.mode", InsertMode.self,
        "`insert` adds rows; `upsert` adds them or sets the fields of the row with the same primary key; `update` sets fields "
            + "of rows that exist and passes over others; `insert-ignore` adds those that break no unique constraint."
    ).defaulting(to: .insert).group("Writing")
    static let keyMode = Setting.enumeration(
        "pk.mode", KeyMode.self,
        "Where the primary key comes from: nowhere, the record's place in Kafka (topic, partition and offset), its key "
            + "(an object, or a scalar for a sole name in `pk.fields`), or fields of its value."
    ).defaulting(to: .none).group("Writing")
    static let keyFields = Setting.list(
        "pk.fields",
        "Names of the primary key's columns, which are the names of the fields too; for `pk.mode` `kafka` three, by default "
            + "`__connect_topic,__connect_partition,__connect_offset`."
    ).example("id").defaulting(to: []).group("Writing")
    static let deletes = Setting.bool(
        "delete.enabled", "Whether a tombstone deletes the row of its key; needs `pk.mode` `record_key`."
    ).defaulting(to: false).group("Writing")
    static let creates = Setting.bool(
        "auto.create", "Whether tables that are missing are created, with types that follow from the values."
    ).defaulting(to: false).group("Tables")
    static let evolves = Setting.bool(
        "auto.evolve", "Whether columns that are missing are added, and number columns widened for numbers beyond them."
    ).defaulting(to: false).group("Tables")
    static let types = Setting.map(
        "field.types",
        "Types of columns that `auto.create` and `auto.evolve` make, by the column's name, in place of those that follow from "
            + "the values."
    ).defaulting(to: [:]).example("created_at:timestamptz,price:numeric(12, 2)").group("Tables")
        .checked { types in types.lazy.compactMap { Self.fault(inType: $0.value, of: $0.key) }.first }
    static let exactlyOnce = Setting.enumeration(
        "exactly.once.support", ExactlyOnce.self,
        "`required` stores positions in the transaction of their rows; `disabled` does without a table for them, and after a "
            + "crash some rows come twice."
    ).defaulting(to: .required).group("Delivery")
    static let positions = Setting.string(
        "positions.table",
        "The table that positions are stored in, as `table` or `schema.table`; it is made where it is missing. Another name "
            + "begins without the positions stored so far."
    ).defaulting(to: "sluice_positions").example("sluice.positions").group("Delivery")
        .checked {
            TableName(written: $0) == nil ? "positions.table is \"\($0)\"; expected \(TableName.form)" : nil
        }
    static let flattenDelimiter = Setting.string(
        "flatten.delimiter",
        "Makes columns of the fields of nested objects, their names joined by this text, such as `_` for `repo_name`. Without "
            + "it an object is one value."
    ).example("_").optional.group("Writing")

    static let definition = ConfigDefinition(
        ConnectionConfig.settings + [
            table, mode, keyMode, keyFields, flattenDelimiter, deletes, creates, evolves, types,
            exactlyOnce, positions,
        ],
        rules: [
            ConnectionConfig.rule,
            { values in
                guard values[keyMode] == .none, values[mode] == .upsert || values[mode] == .update else { return nil }
                return (
                    "insert.mode",
                    "insert.mode \(values[mode].rawValue) needs pk.mode record_key, record_value or kafka"
                )
            },
            { values in
                if values[keyMode] == .kafka && ![0, 3].contains(values[keyFields].count) {
                    return (
                        "pk.fields", "pk.mode kafka needs three pk.fields: for the topic, the partition and the offset"
                    )
                }
                if values[keyMode] == .none && !values[keyFields].isEmpty {
                    return (
                        "pk.fields",
                        "pk.fields is given and pk.mode is none; say where the key comes from, or remove pk.fields"
                    )
                }
                guard values[keyMode] != .none, values[keyMode] != .kafka, values[keyFields].isEmpty else { return nil }
                return (
                    "pk.fields", "pk.mode \(values[keyMode].rawValue) needs pk.fields, the names of the key's columns"
                )
            },
            {
                $0[deletes] && $0[keyMode] != .recordKey
                    ? ("delete.enabled", "delete.enabled needs pk.mode record_key; a tombstone has only its key")
                    : nil
            },
        ])

    let connection: ConnectionSettings
    let table: TableTemplate
    let mode: InsertMode
    let keyMode: KeyMode
    let keyFields: [ExactName]
    let flattenDelimiter: String?
    let deletes: Bool
    let creates: Bool
    let evolves: Bool
    /// Where positions are stored; nil when none are.
    let positions: TableName?
    /// Types by column.
    let types: [ExactName: String]

    init(_ values: ConfigValues) {
        connection = ConnectionSettings(values)
        table = TableTemplate(values[Self.table])
        mode = values[Self.mode]
        keyMode = values[Self.keyMode]
        keyFields = Self.keyFields(values[Self.keyFields], keyMode)
        flattenDelimiter = values[Self.flattenDelimiter]
        deletes = values[Self.deletes]
        creates = values[Self.creates]
        evolves = values[Self.evolves]
        let place = TableName(written: values[Self.positions])
        positions = values[Self.exactlyOnce] == .required ? place : nil
        types = Dictionary(values[Self.types].map { (ExactName($0), $1) }) { first, _ in first }
    }

    /// A type becomes part of a statement, so it is made of nothing but names, numbers and brackets.
    private static func fault(inType type: String, of column: String) -> String? {
        let isType = type.contains(/^[A-Za-z_][A-Za-z0-9_. ]*(\([0-9, ]+\))?[A-Za-z ]*(\[\])?$/)
        let given = "field.types gives \(column) the type \"\(type.prefix(60))\""
        return isType ? nil : "\(given); expected a name such as timestamptz"
    }
}

/// How rows are written.
enum InsertMode: String, Sendable, CaseIterable {
    case insert
    case upsert
    case update
    case insertIgnore = "insert-ignore"
}

/// Whether positions are stored with the rows.
enum ExactlyOnce: String, Sendable, CaseIterable {
    case required
    case disabled
}

/// Where the primary key comes from.
enum KeyMode: String, Sendable, CaseIterable {
    case none
    case kafka
    case recordKey = "record_key"
    case recordValue = "record_value"
}
