import ConnectorKit

/// The schemas of a table's columns in records of one schema, found once for all of them.
struct FieldSchemas {
    private var schema: Schema?
    private var layout: TableLayout?
    private var found: [Schema?] = []

    /// The schema of the field that a column is for; nil without one.
    subscript(_ place: Int) -> Schema? { found.isEmpty ? nil : found[place] }

    /// Finds the fields of a schema, unless it is that of the record before.
    mutating func follow(_ schema: Schema?, _ layout: TableLayout) {
        guard let schema else {
            if !found.isEmpty { self = FieldSchemas() }
            return
        }
        if schema === self.schema && layout === self.layout { return }
        (self.schema, self.layout) = (schema, layout)
        found = layout.slots.indices.map { place in
            if layout.paths.isEmpty { return schema.field(layout.slots[place].name) }
            return layout.paths[place]?.names.reduce(schema) { $0?.field($1) }
        }
    }
}
