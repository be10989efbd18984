internal import ConnectorKit

/// Casts fields of an object.
struct Cast: ObjectTransform {
    static let name = "Cast"

    let fields: FieldPlan<CastType>
    let part: RecordPart
    let schemaEdits: SchemaEdits

    init(fields: FieldPlan<CastType>, part: RecordPart) {
        self.fields = fields.walking()
        self.part = part
        schemaEdits = SchemaEdits(fields.paths.map { ($0.path, .replace($0.action.schema)) })
    }

    func apply(to object: ObjectEditor, of record: RecordEditor) throws {
        try fields.forEachGroup(in: object) { object, group in
            if let shared = group.walk, shared.walk.find(in: object) { return try cast(group, of: object, by: shared) }
            for (name, type) in group.fields { try cast(name, of: object, to: type) }
        }
    }

    private func cast(_ group: FieldPlan<CastType>.Group, of object: ObjectEditor, by shared: SharedWalk) throws {
        try shared.walk.edit(object) { place, member in
            try cast(member, named: group.fields[place].name, to: group.fields[place].action)
        }
        for place in group.fields.indices where !shared.walk.isFound(place) {
            try cast(group.fields[place].name, of: object, to: group.fields[place].action)
        }
    }

    private func cast(_ member: MemberEditor, named name: FieldName, to type: CastType) throws {
        switch type.outcome(of: member.value) {
        case .unchanged: break
        case .null: member.set(JSONNull())
        case .integer(let number): member.set(number)
        case .double(let number): member.set(number)
        case .float(let number): member.set(ShortestFloat(number: number))
        case .boolean(let flag): member.set(flag)
        case .text(let text): member.set(text)
        case .ownText: member.castToString()
        case .failure(let failure):
            throw failure.error(casting: "field \"\(name)\", \(member.value.kind.noun),", to: type)
        }
    }

    private func cast(_ name: FieldName, of object: ObjectEditor, to type: CastType) throws {
        switch type.outcome(of: object[name]) {
        case .unchanged: break
        case .null: object.set(name, JSONNull())
        case .integer(let number): object.set(name, number)
        case .double(let number): object.set(name, number)
        case .float(let number): object.set(name, ShortestFloat(number: number))
        case .boolean(let flag): object.set(name, flag)
        case .text(let text): object.set(name, text)
        case .ownText: object.castToString(name)
        case .failure(let failure):
            throw failure.error(casting: "field \"\(name)\", \(object[name].kind.noun),", to: type)
        }
    }
}

/// Casts a whole value or key.
struct CastWhole: RecordTransform {
    let type: CastType
    let part: RecordPart

    func apply(_ record: RecordEditor) throws -> Bool {
        switch part {
        case .value:
            try apply(type.outcome(of: record.value), to: record, was: record.value.kind)
            if record.schema != nil { record.schema = type.schema }
        case .key:
            try apply(type.outcome(of: record.key), to: record, was: record.key.kind)
            if record.keySchema != nil { record.keySchema = type.schema }
        }
        return true
    }

    private func apply(_ outcome: CastOutcome, to record: RecordEditor, was kind: ValueKind) throws {
        switch outcome {
        case .unchanged, .null: break
        case .integer(let number): replace(record, number)
        case .double(let number): replace(record, number)
        case .float(let number): replace(record, ShortestFloat(number: number))
        case .boolean(let flag): replace(record, flag)
        case .text(let text): replace(record, text)
        case .ownText: replace(record, part == .value ? record.value.jsonText : record.key.jsonText)
        case .failure(let failure): throw failure.error(casting: "the \(part.noun), \(kind.noun),", to: type)
        }
    }

    private func replace(_ record: RecordEditor, _ value: some FieldValue) {
        switch part {
        case .value: record.setValue(value)
        case .key: record.setKey(value)
        }
    }
}

/// A 32-bit number with the shortest text that reads as the same, so that 0.1 does not become 0.10000000149011612.
private struct ShortestFloat: FieldValue {
    let number: Float

    func write(to slot: borrowing ValueSlot) {
        guard number.isFinite else { return Double(number).write(to: slot) }
        JSONNumber(number.description)?.write(to: slot)
    }
}

extension CastFailure {
    fileprivate func error(casting what: String, to type: CastType) -> ConnectorError {
        switch self {
        case .kind: .rejected("Cast cannot turn \(what) into \(type.rawValue)")
        case .text: .rejected("Cast cannot turn \(what) into \(type.rawValue): its text is no number in that range")
        }
    }
}
