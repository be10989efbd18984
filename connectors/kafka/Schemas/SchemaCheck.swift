import ConnectorKit

/// Compares a value with a schema, and says of each scalar that JSON holds otherwise what it stands for.
struct SchemaCheck {
    /// Where the value stands.
    enum Side { case payload, record }

    let side: Side
    /// Whether structs must have the schema's fields and no others, in its order.
    var isExact = false

    /// Visits a value; `convert` gets the scalars of a payload that a record holds otherwise.
    ///
    /// - Throws: The first place where the value is not what the schema says.
    func check(
        _ value: borrowing Value, _ schema: Schema,
        _ convert: (borrowing Value, Conversion) -> Void = { _, _ in }
    ) throws(SchemaFault) {
        if !value.exists || value.isNull {
            guard schema.allowsNull else { throw SchemaFault("is null or missing, and its schema is not optional") }
            return
        }
        switch schema.type {
        case .array(let items): try checkItems(value, items, convert)
        case .map(let key, let content): try checkMap(value, key, content, convert)
        case .structure(let fields): try checkFields(value, fields, convert)
        case .bytes:
            guard case .decimal(let scale) = schema.meaning else { return try checkBytes(value, convert) }
            try checkDecimal(value, scale, convert)
        default: try checkPlain(value, schema.type)
        }
    }

    private func checkPlain(_ value: borrowing Value, _ type: SchemaType) throws(SchemaFault) {
        let fits =
            switch type {
            case .int8: value.int.flatMap(Int8.init(exactly:)) != nil
            case .int16: value.int.flatMap(Int16.init(exactly:)) != nil
            case .int32: value.int.flatMap(Int32.init(exactly:)) != nil
            case .int64: value.isInteger && value.int != nil
            case .float32, .float64: value.double != nil || NotFinite(value) != nil
            case .boolean: value.bool != nil
            default: value.kind == .string
            }
        if !fits { throw SchemaFault("is \(value.shown), not \(type.name)") }
    }

    private func checkBytes(
        _ value: borrowing Value, _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        if side == .record, value.kind == .bytes { return }
        guard let bytes = unsafe value.withUTF8({ unsafe Base64Text.bytes($0) }) ?? nil else {
            throw SchemaFault("is \(value.shown), not base64")
        }
        if side == .payload { convert(value, .bytes(RawBytes(bytes))) }
    }

    private func checkDecimal(
        _ value: borrowing Value, _ scale: Int, _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        if let text = value.decimalText {
            if side == .payload || UnscaledDecimal.bytes(text, scale: scale) != nil { return }
            throw SchemaFault("has more places than its schema's scale \(scale)")
        }
        guard side == .payload, let bytes = unsafe value.withUTF8({ unsafe Base64Text.bytes($0) }) ?? nil,
            let number = UnscaledDecimal.text(bytes, scale: scale).flatMap(JSONNumber.init)
        else {
            throw SchemaFault(
                "is \(value.shown), not a Decimal of at most \(UnscaledDecimal.mostBytes) bytes in base64")
        }
        convert(value, .number(number))
    }

    private func checkItems(
        _ value: borrowing Value, _ items: Schema, _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        guard value.kind == .array else { throw SchemaFault("is \(value.shown), not a list") }
        var fault: SchemaFault?
        var index = 0
        value.forEach { item in
            guard fault == nil else { return }
            do throws(SchemaFault) { try check(item, items, convert) } catch { fault = error.below("[\(index)]") }
            index += 1
        }
        if let fault { throw fault }
    }

    /// A map whose keys are strings is an object, any other a list of pairs (`JsonConverter`).
    private func checkMap(
        _ value: borrowing Value, _ key: Schema, _ content: Schema,
        _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        guard key.type != .string else { return try checkMembers(value, content, convert) }
        guard value.kind == .array else { throw SchemaFault("is \(value.shown), not a list of pairs") }
        var fault: SchemaFault?
        var index = 0
        value.forEach { pair in
            guard fault == nil else { return }
            do throws(SchemaFault) {
                guard pair.kind == .array, pair.count == 2 else { throw SchemaFault("is no pair of key and value") }
                try check(pair[0], key, convert)
                try check(pair[1], content, convert)
            } catch { fault = error.below("[\(index)]") }
            index += 1
        }
        if let fault { throw fault }
    }

    private func checkMembers(
        _ value: borrowing Value, _ content: Schema, _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        guard value.kind == .object else { throw SchemaFault("is \(value.shown), not an object") }
        var fault: SchemaFault?
        var index = 0
        value.forEachMember { _, member in
            guard fault == nil else { return }
            // The keys of a map are data, which is not for logs.
            do throws(SchemaFault) { try check(member, content, convert) } catch { fault = error.below("[\(index)]") }
            index += 1
        }
        if let fault { throw fault }
    }
}

/// What a scalar of a payload stands for.
enum Conversion: FieldValue {
    case bytes(RawBytes)
    case number(JSONNumber)

    func write(to slot: borrowing ValueSlot) {
        switch self {
        case .bytes(let bytes): bytes.write(to: slot)
        case .number(let number): number.write(to: slot)
        }
    }
}

extension Value {
    /// What kind of value it is, for a message, which is not to hold what the value says.
    var shown: String {
        switch kind {
        case .missing: "missing"
        case .null: "null"
        case .bool: "a truth value"
        case .number, .int, .uint, .double: "a number"
        case .string: "a text"
        case .bytes: "bytes"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
