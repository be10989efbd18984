import ConnectorKit

extension ConnectSchema {
    /// Reads a schema as Kafka Connect's JsonConverter writes it.
    ///
    /// - Throws: What is wrong with it, and where.
    init(_ json: borrowing Value) throws(SchemaFault) {
        guard json.kind == .object else { throw SchemaFault("is no object; expected {\"type\": …}") }
        guard let name = json["type"].string else { throw SchemaFault("has no type; expected {\"type\": …}") }
        let hasDefault = json["default"].exists && !json["default"].isNull
        self.init(try Self.type(name, json), isOptional: json["optional"].bool ?? false || hasDefault)
    }

    private static func type(_ name: String, _ json: borrowing Value) throws(SchemaFault) -> SchemaType {
        switch name {
        case "array": return .array(try part(json["items"], "items"))
        case "map":
            return .map(key: try part(json["keys"], "keys"), value: try part(json["values"], "values"))
        case "struct": return .structure(try fields(json["fields"]))
        case "bytes" where json["name"] == "org.apache.kafka.connect.data.Decimal":
            return .decimal(scale: try scale(json["parameters"]))
        default:
            if let scalar = SchemaType.scalars.first(where: { $0.name == name }) { return scalar }
            let known = (SchemaType.scalars.map(\.name) + ["array", "map", "struct"]).joined(separator: ", ")
            throw SchemaFault("has the unknown type \"\(name.prefix(60))\"; expected one of \(known)")
        }
    }

    private static func part(_ json: borrowing Value, _ name: String) throws(SchemaFault) -> ConnectSchema {
        do throws(SchemaFault) { return try ConnectSchema(json) } catch { throw error.below(".\(name)") }
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
                fields.append(SchemaField(name: name, schema: try ConnectSchema(json)))
            } catch { fault = error.below(place) }
        }
        if let fault { throw fault }
        return fields
    }

    private static func scale(_ parameters: borrowing Value) throws(SchemaFault) -> Int {
        let text = parameters["scale"].string ?? parameters["scale"].decimalText ?? ""
        guard let scale = Int(text), Decimal.scales.contains(scale) else {
            throw SchemaFault("is a Decimal whose parameters have no scale from -1000 to 1000")
        }
        return scale
    }
}
