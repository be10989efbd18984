internal import ConnectorKit

extension Cast {
    static let spec = Setting.list(
        "spec",
        """
        What to cast to which type: `field:type` for each field, or one bare type for a value that is no object. Types \
        are int8, int16, int32, int64, float32, float64, boolean and string. Of two entries for one field the last wins.
        """
    ).example("id:string,size:int32")

    /// Makes the transform for the settings.
    static func make(_ values: ConfigValues, _ part: RecordPart) throws(SettingFault) -> any Transform {
        let entries = values[spec].map { $0.split(separator: ":", omittingEmptySubsequences: false).map(trimmed) }
        guard let first = entries.first else {
            throw SettingFault("spec", "spec is empty; expected field:type, or one type")
        }
        if entries.count == 1, first.count == 1 { return CastWhole(type: try type(first[0]), part: part) }
        var types: [FieldPath: CastType] = [:]
        var paths: [FieldPath] = []
        for parts in entries {
            guard parts.count == 2 else {
                throw SettingFault(
                    "spec",
                    "spec has \"\(parts.joined(separator: ":"))\"; expected field:type, or one bare type and nothing else"
                )
            }
            let path = try FieldSyntax(values).path(parts[0], in: "spec")
            if types.updateValue(try type(parts[1]), forKey: path) == nil { paths.append(path) }
        }
        var plan = FieldPlan<CastType>()
        for path in paths { if let type = types[path] { plan.append(path, type) } }
        return Cast(fields: plan, part: part)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func type(_ text: String) throws(SettingFault) -> CastType {
        if let type = CastType(text) { return type }
        throw SettingFault("spec", "spec has the type \"\(text)\"; expected one of \(CastType.list)")
    }

    static let definition = TransformDefinition(
        name,
        documentation: """
            Turns fields, or a whole value, into another type.

            ```json
            { "type": "Cast", "spec": "id:string,size:int32,score:float64" }
            ```

            turns `{"id":2489651045,"size":"12","score":1}` into `{"id":"2489651045","size":12,"score":1.0}`.

            - Numbers narrow as Java's casts do: a whole number keeps its low bits (128 becomes -128 as int8); of a \
            fractional one the fraction is cut off, and beyond the range of int32 or int64 it becomes the end of that \
            range; int8 and int16 then take the low bits of the int32 (300.7 becomes 44 as int8).
            - A string must hold a number of the type, else the record is rejected: `"300"` is no int8, `"42.0"` and \
            `" 42"` are no whole numbers, `"+42"` is. A string for float32 and float64 may have spaces around it, an \
            exponent and a last `d` or `f`.
            - To boolean: of a string only `true` in any case is true; of a number all but 0, fractions cut off.
            - To string: whole numbers as written, others as Java writes them (`1.0E10`). Whole numbers of any length \
            stay exact. Bytes become their base64 text.
            - A field that is null stays null; one that is missing is added as null. An object or a list is rejected.
            - NaN and the infinities are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as Kafka Connect's JsonConverter \
            writes them.

            A null value (a tombstone) passes unchanged; with `field:type` entries, one that is neither null nor an \
            object is rejected. With `field.syntax.version` `V2` a field is a path; nothing is cast or added below \
            something that is missing or no object.

            `Cast$Key` works on the key.
            """,
        config: ConfigDefinition(
            [spec, FieldSyntax.setting, NullReplacement.setting],
            madeBy: { values throws(SettingFault) in _ = try Cast.make(values, .value) }),
        worksOnParts: true,
        make: { values, part in try Cast.make(values, part) })
}
