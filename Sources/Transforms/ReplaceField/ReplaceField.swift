internal import ConnectorKit

/// Removes and renames fields.
struct ReplaceField: ObjectTransform {
    static let name = "ReplaceField"

    private let excluded: FieldPlan<Void>
    private let selection: FieldSelection?
    private let renames: FieldPlan<FieldName>
    let part: RecordPart
    let schemaEdits: SchemaEdits

    init(_ values: ConfigValues, _ part: RecordPart) throws(SettingFault) {
        self.part = part
        var excluded = FieldPlan<Void>()
        for path in try Self.paths(Self.exclude, values) { excluded.append(path, ()) }
        self.excluded = excluded.walking()
        let included = try Self.paths(Self.include, values)
        selection = included.isEmpty ? nil : FieldSelection(included.map(\.names))
        renames = RenamePlan.make(try Self.renames(values))
        schemaEdits = SchemaEdits(renames.paths.map { ($0.path, .rename($0.action)) })
    }

    private static func paths(_ setting: Setting<[String]>, _ values: ConfigValues) throws(SettingFault) -> [FieldPath]
    {
        var paths: [FieldPath] = []
        for text in values[setting] { paths.append(try FieldSyntax(values).path(text, in: setting.declaration.name)) }
        return paths
    }

    private static func renames(_ values: ConfigValues) throws(SettingFault) -> [Rename] {
        var renames: [FieldPath: Rename] = [:]
        for text in values[Self.renames] {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw SettingFault("renames", "renames has \"\(text)\"; expected old:new, with one colon")
            }
            let path = try FieldSyntax(values).path(String(parts[0]), in: "renames")
            guard let old = path.names.last else { continue }
            renames[path] = Rename(
                parents: Array(path.names.dropLast()), old: old, new: FieldName(interning: String(parts[1])))
        }
        return renames.values.sorted { $0.old.description < $1.old.description }
    }

    func apply(to object: ObjectEditor, of record: RecordEditor) {
        excluded.forEachGroup(in: object) { object, group in
            if let shared = group.walk, shared.walk.find(in: object) {
                shared.walk.edit(object) { _, member in member.remove() }
            } else {
                for (name, _) in group.fields { object.remove(name) }
            }
        }
        selection?.keep(in: object)
        renames.forEachGroup(in: object) { object, group in
            if let shared = group.walk, shared.walk.find(in: object), shared.isFree {
                shared.walk.edit(object) { place, member in member.rename(to: shared.news[place]) }
            } else {
                for (old, new) in group.fields { object.rename(old, to: new) }
            }
        }
    }
}

extension ReplaceField {
    static let exclude = Setting.list("exclude", "Fields to remove. Wins over `include`.").defaulting(to: [])
    static let include = Setting.list("include", "Fields to keep, all others being removed; empty keeps all.")
        .example("id,type,actor").defaulting(to: [])
    static let renames = Setting.list(
        "renames",
        """
        Fields to rename, as `old:new`. They apply after `exclude` and `include`, and all at once: `a:b,b:a` swaps. A \
        field that already has a new name is replaced.
        """
    ).example("created_at:at").defaulting(to: [])

    private static func removed(_ name: String, instead: String) -> Setting<String?> {
        Setting.string(name, "Gone since Kafka Connect 4 and ignored as there; use `\(instead)`.").optional
    }

    static let definition = TransformDefinition(
        name,
        documentation: """
            Removes and renames fields.

            ```json
            { "type": "ReplaceField", "include": "id,type,created_at", "renames": "created_at:at" }
            ```

            turns `{"id":1,"type":"PushEvent","public":true,"created_at":"2015-01-01"}` into \
            `{"id":1,"type":"PushEvent","at":"2015-01-01"}`. `exclude` and `include` use the old names. A null value (a \
            tombstone) passes unchanged; one that is neither null nor an object is rejected.

            With `field.syntax.version` `V2` fields are paths: `"include": "id,actor.login"` keeps of `actor` only its \
            `login` (an `actor` that is no object goes), and `"renames": "actor.login:name"` gives a field another name \
            where it is.

            `ReplaceField$Key` works on the key.
            """,
        config: ConfigDefinition(
            [
                exclude, include, renames, FieldSyntax.setting, NullReplacement.setting,
                removed("blacklist", instead: "exclude"), removed("whitelist", instead: "include"),
            ],
            madeBy: { values throws(SettingFault) in _ = try ReplaceField(values, .value) }),
        worksOnParts: true,
        make: { values, part in try ReplaceField(values, part) })
}
