internal import ConnectorKit

/// Adds fields that come from the record's metadata or from the configuration.
struct InsertField: ObjectTransform {
    static let name = "InsertField"

    private let topic: FieldTarget?
    private let partition: FieldTarget?
    private let timestamp: FieldTarget?
    private let offset: FieldTarget?
    private let constant: (target: FieldTarget, value: FieldName)?
    private let topics = TopicNames()
    let part: RecordPart
    let schemaEdits: SchemaEdits

    init(_ values: ConfigValues, _ part: RecordPart) throws(SettingFault) {
        self.part = part
        topic = try Self.target(Self.topicField, values)
        partition = try Self.target(Self.partitionField, values)
        timestamp = try Self.target(Self.timestampField, values)
        offset = try Self.target(Self.offsetField, values)
        constant = try Self.constant(values)
        let targets = [topic, partition, offset, timestamp, constant?.target].compactMap(\.self)
        schemaEdits = SchemaEdits(targets.map { ($0.path, .replace(nil)) })
        guard constant != nil || [topic, partition, offset, timestamp].contains(where: { $0 != nil }) else {
            throw SettingFault(
                "static.field",
                "InsertField has nothing to insert; give it one of topic.field, partition.field, offset.field,"
                    + " timestamp.field or static.field")
        }
    }

    private static func constant(_ values: ConfigValues) throws(SettingFault) -> (FieldTarget, FieldName)? {
        guard let target = try target(staticField, values) else { return nil }
        guard let text = values[staticValue] else {
            throw SettingFault("static.field", "static.field has no value; add static.value")
        }
        return (target, FieldName(interning: text))
    }

    /// The field a setting names, without Kafka Connect's marks for required (`!`) and optional (`?`) ones, which only
    /// mean something to a schema.
    private static func target(_ setting: Setting<String?>, _ values: ConfigValues) throws(SettingFault) -> FieldTarget?
    {
        guard let text = values[setting] else { return nil }
        let name = text.hasSuffix("!") || text.hasSuffix("?") ? String(text.dropLast()) : text
        return FieldTarget(try FieldSyntax(values).path(name, in: setting.declaration.name))
    }

    func apply(to object: ObjectEditor, of record: RecordEditor) throws {
        if let topic { topics.insert(topicOf: record, into: object, at: topic) }
        if let partition, let number = record.partition { partition.set(number, in: object) }
        if let offset { try insertOffset(of: record, into: object, at: offset) }
        if let timestamp, let milliseconds = record.timestamp { timestamp.set(milliseconds, in: object) }
        if let constant { constant.target.set(constant.value, in: object) }
    }

    private func insertOffset(of record: RecordEditor, into object: ObjectEditor, at target: FieldTarget) throws {
        guard let number = record.offset else {
            throw ConnectorError.rejected("InsertField cannot fill offset.field: the record has no Kafka offset")
        }
        target.set(number, in: object)
    }
}

extension InsertField {
    static let topicField = Setting.string("topic.field", "Field that gets the record's topic.").optional
    static let partitionField = Setting.string(
        "partition.field", "Field that gets the record's Kafka partition, a whole number."
    ).optional
    static let offsetField = Setting.string(
        "offset.field", "Field that gets the record's Kafka offset; a record without one is rejected."
    ).optional
    static let timestampField = Setting.string(
        "timestamp.field", "Field that gets the record's timestamp, in milliseconds since 1970-01-01 UTC."
    ).optional
    static let staticField = Setting.string("static.field", "Field that gets the text of `static.value`.")
        .example("source").optional
    static let staticValue = Setting.string("static.value", "The text for `static.field`; always a string.")
        .example("github").optional

    static let definition = TransformDefinition(
        name,
        documentation: """
            Adds fields from the record's metadata, or with a fixed text.

            ```json
            { "type": "InsertField", "static.field": "source", "static.value": "github", "timestamp.field": "at" }
            ```

            turns `{"id":1}` into `{"id":1,"at":1483425001864,"source":"github"}`. A field of that name is overwritten. \
            Metadata that the record does not have are not inserted. A null value (a tombstone) passes unchanged; one \
            that is neither null nor an object is rejected. A `!` or `?` at the end of a field is dropped, as Kafka \
            Connect does. With `field.syntax.version` `V2` a field is a path, and missing objects on it are made.

            `InsertField$Key` works on the key.
            """,
        config: ConfigDefinition(
            [
                topicField, partitionField, offsetField, timestampField, staticField, staticValue,
                FieldSyntax.setting, NullReplacement.setting,
            ],
            madeBy: { values throws(SettingFault) in _ = try InsertField(values, .value) }),
        worksOnParts: true,
        make: { values, part in try InsertField(values, part) })
}
