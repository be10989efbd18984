extension Schema {
    /// Reads a schema as Kafka Connect's JsonConverter writes it.
    ///
    /// - Throws: What is wrong with it, and where.
    public convenience init(_ json: borrowing Value) throws(SchemaFault) {
        try self.init(json, text: Array(json.jsonText.utf8))
    }

    private convenience init(_ json: borrowing Value, text: [UInt8]?) throws(SchemaFault) {
        guard json.kind == .object else { throw SchemaFault("is no object; expected {\"type\": …}") }
        guard let typeName = json["type"].string else { throw SchemaFault("has no type; expected {\"type\": …}") }
        let type = try Self.type(typeName, json)
        let name = json["name"].string
        let parameters = Self.parameters(json["parameters"])
        if name == SchemaMeaning.decimalName, type == .bytes,
            SchemaMeaning(name: name, type: type, parameters).isUnknown
        {
            throw SchemaFault("is a Decimal whose parameters have no scale from -1000 to 1000")
        }
        self.init(
            type, isOptional: json["optional"].bool ?? false, name: name,
            version: json["version"].int.flatMap { Int(exactly: $0) },
            doc: json["doc"].string, parameters: parameters, default: SchemaDefault(json["default"]), text: text)
    }

    private static func type(_ name: String, _ json: borrowing Value) throws(SchemaFault) -> SchemaType {
        switch name {
        case "array": return .array(try part(json["items"], "items"))
        case "map": return .map(key: try part(json["keys"], "keys"), value: try part(json["values"], "values"))
        case "struct": return .structure(try fields(json["fields"]))
        case "float32": return .float32
        case "float64": return .float64
        default:
            if let scalar = SchemaType.scalars.first(where: { $0.name == name }) { return scalar }
            let known = (SchemaType.scalars.map(\.name) + ["array", "map", "struct"]).joined(separator: ", ")
            throw SchemaFault("has the unknown type \"\(name.prefix(60))\"; expected one of \(known)")
        }
    }

    private static func part(_ json: borrowing Value, _ name: String) throws(SchemaFault) -> Schema {
        do throws(SchemaFault) { return try Schema(json, text: nil) } catch { throw error.below(".\(name)") }
    }

    private static func fields(_ list: borrowing Value) throws(SchemaFault) -> [SchemaField] {
        guard list.kind == .array else { throw SchemaFault("is a struct without a list of fields") }
        var fields: [SchemaField] = []
        var names: Set<String> = []
        var fault: SchemaFault?
        list.forEach { json in
            guard fault == nil else { return }
            let place = ".fields[\(fields.count)]"
            do throws(SchemaFault) {
                guard let name = json["field"].string else { throw SchemaFault("has no name under \"field\"") }
                guard names.insert(name).inserted else { throw SchemaFault("has a name that another field has too") }
                fields.append(SchemaField(name, try Schema(json, text: nil)))
            } catch { fault = error.below(place) }
        }
        if let fault { throw fault }
        return fields
    }

    private static func parameters(_ json: borrowing Value) -> [String: String] {
        var parameters: [String: String] = [:]
        json.forEachMember { name, value in parameters[name.string ?? ""] = value.string ?? value.jsonText }
        return parameters
    }
}
