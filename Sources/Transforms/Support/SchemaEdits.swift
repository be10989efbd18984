internal import ConnectorKit

/// What a transform's changes of fields mean for the schema beside them, so that nobody reads a field by another's.
///
/// One thread at a time, as the transform it belongs to.
final class SchemaEdits {
    enum Edit {
        case rename(FieldName)
        /// The field has this schema then, nil for none.
        case replace(Schema?)
    }

    private let edits: [(path: FieldPath, edit: Edit)]
    private var known: [(old: Schema, new: Schema)] = []

    /// Records of few schemas come at a time.
    private static let mostKnown = 64

    init(_ edits: [(path: FieldPath, edit: Edit)]) { self.edits = edits }

    /// Changes the schema of a record's part.
    func apply(to part: RecordPart, of record: borrowing RecordEditor) {
        if edits.isEmpty { return }
        switch part {
        case .value: if let schema = record.schema { record.schema = edited(schema) }
        case .key: if let schema = record.keySchema { record.keySchema = edited(schema) }
        }
    }

    private func edited(_ schema: Schema) -> Schema {
        if let found = known.last(where: { $0.old === schema }) { return found.new }
        let new = edits.reduce(schema) { schema, next in
            switch next.edit {
            case .rename(let name): schema.renaming(next.path, to: name)
            case .replace(let other): schema.replacing(next.path, by: other)
            }
        }
        if known.count == Self.mostKnown { known.removeFirst() }
        known.append((schema, new))
        return new
    }
}
