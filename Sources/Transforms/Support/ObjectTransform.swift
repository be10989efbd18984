internal import ConnectorKit

/// A transform of the object that a record's value or key is; one that is null passes unchanged.
protocol ObjectTransform: RecordTransform {
    static var name: String { get }
    var part: RecordPart { get }
    /// What the transform does to the schema.
    var schemaEdits: SchemaEdits { get }
    func apply(to object: ObjectEditor, of record: RecordEditor) throws
}

extension ObjectTransform {
    func apply(_ record: RecordEditor) throws -> Bool {
        switch part {
        case .value:
            if let object = record.valueObject {
                try apply(to: object, of: record)
                schemaEdits.apply(to: part, of: record)
            } else {
                try pass(record.value.kind)
            }
        case .key:
            guard let object = record.keyObject else {
                try pass(record.key.kind)
                return true
            }
            try apply(to: object, of: record)
            schemaEdits.apply(to: part, of: record)
        }
        return true
    }

    private func pass(_ kind: ValueKind) throws {
        if kind != .null && kind != .missing {
            throw ConnectorError.rejected(
                "\(Self.name)$\(part.rawValue) needs an object, but the record's \(part.noun) is \(kind.noun)")
        }
    }
}

extension RecordPart {
    /// The part in a sentence.
    var noun: String { rawValue.lowercased() }
}

extension ValueKind {
    /// The kind in a sentence.
    var noun: String {
        switch self {
        case .missing: "missing"
        case .null: "null"
        case .bool: "true or false"
        case .number, .int, .uint, .double: "a number"
        case .string: "a string"
        case .bytes: "bytes"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
