extension Schema {
    /// The same with another name for a field; one that has the name already goes, as in the value.
    public func renaming(_ path: FieldPath, to name: FieldName) -> Schema {
        edited(path.names[...]) { fields, place in
            let field = SchemaField(name.description, fields[place].schema)
            fields[place] = field
            fields = fields.enumerated().filter { $0.offset == place || $0.element.name != field.name }.map(\.element)
        }
    }

    /// The same with another schema for a field; nil takes the field out.
    public func replacing(_ path: FieldPath, by schema: Schema?) -> Schema {
        edited(path.names[...]) { fields, place in
            if let schema { fields[place] = SchemaField(fields[place].name, schema) } else { fields.remove(at: place) }
        }
    }

    /// The same where there is no such field.
    private func edited(_ path: ArraySlice<FieldName>, _ edit: (inout [SchemaField], Int) -> Void) -> Schema {
        guard let name = path.first, case .structure(var fields) = type,
            let place = fields.firstIndex(where: { $0.name == name.description })
        else { return self }
        if path.count == 1 {
            edit(&fields, place)
        } else {
            let inner = fields[place].schema.edited(path.dropFirst(), edit)
            fields[place] = SchemaField(fields[place].name, inner)
        }
        return Schema(
            .structure(fields), isOptional: isOptional, name: keptName, version: version, doc: doc,
            parameters: parameters, default: defaultValue, text: nil)
    }

    /// A struct of a semantic type is one no more when its fields are others.
    private var keptName: String? { meaning == .plain ? self.name : nil }
}
