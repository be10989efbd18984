import ConnectorKit

extension SchemaCheck {
    /// Compares an object with the fields of a struct.
    ///
    /// Members that are no fields are passed over in a payload, as Kafka Connect does; a record that has some does not fit
    /// its schema.
    func checkFields(
        _ value: borrowing Value, _ fields: [SchemaField], _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        guard value.kind == .object else { throw SchemaFault("is \(value.shown), not an object") }
        guard isOrdered(value, fields) else {
            if isExact { throw SchemaFault("has other fields than its schema") }
            for field in fields { try check(field, of: value, convert) }
            return side == .record ? try refuseOthers(value, fields) : ()
        }
        var fault: SchemaFault?
        var index = 0
        value.forEach { member in
            if fault == nil { fault = self.fault(in: member, fields[index], convert) }
            index += 1
        }
        if let fault { throw fault }
    }

    /// Whether an object has exactly these members in this order.
    private func isOrdered(_ value: borrowing Value, _ fields: [SchemaField]) -> Bool {
        var index = 0
        var isOrdered = true
        value.forEachMember { name, _ in
            if !isOrdered || index >= fields.count || !name.isText(fields[index].name) { isOrdered = false }
            index += 1
        }
        return isOrdered && index == fields.count
    }

    private func check(
        _ field: SchemaField, of value: borrowing Value, _ convert: (borrowing Value, Conversion) -> Void
    ) throws(SchemaFault) {
        var fault: SchemaFault?
        var isThere = false
        value.forEachMember { name, member in
            guard fault == nil, name.isText(field.name) else { return }
            isThere = true
            fault = self.fault(in: member, field, convert)
        }
        if let fault { throw fault }
        if !isThere, !field.schema.allowsNull {
            throw SchemaFault("is missing, and its schema is not optional", at: ".\(field.name)")
        }
    }

    private func refuseOthers(_ value: borrowing Value, _ fields: [SchemaField]) throws(SchemaFault) {
        var fault: SchemaFault?
        value.forEachMember { name, _ in
            if fault == nil, !fields.contains(where: { name.isText($0.name) }) {
                fault = SchemaFault("is no field of its schema", at: ".\(name.string ?? "")")
            }
        }
        if let fault { throw fault }
    }

    private func fault(
        in member: borrowing Value, _ field: SchemaField, _ convert: (borrowing Value, Conversion) -> Void
    ) -> SchemaFault? {
        do throws(SchemaFault) {
            try check(member, field.schema, convert)
            return nil
        } catch { return error.below(".\(field.name)") }
    }
}
