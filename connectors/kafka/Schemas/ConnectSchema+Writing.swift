import ConnectorKit

extension ConnectSchema {
    /// Writes the schema as Kafka Connect's JsonConverter does.
    ///
    /// - Parameter field: The name when it is that of a struct's field.
    func write(to writer: inout JSONWriter, field: String? = nil) {
        writer.write("{\"type\":\"")
        writer.write(text: type.name)
        writer.write("\"")
        switch type {
        case .array(let items):
            writer.write(",\"items\":")
            items.write(to: &writer)
        case .map(let key, let value):
            writer.write(",\"keys\":")
            key.write(to: &writer)
            writer.write(",\"values\":")
            value.write(to: &writer)
        case .structure(let fields):
            writer.write(",\"fields\":[")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.write(",") }
                field.schema.write(to: &writer, field: field.name)
            }
            writer.write("]")
        case .decimal(let scale):
            writer.write(text: ",\"name\":\"\(Self.decimalName)\",\"version\":1,\"parameters\":{\"scale\":\"")
            writer.write(text: "\(scale)\"}")
        default: break
        }
        writer.write(isOptional ? ",\"optional\":true" : ",\"optional\":false")
        if let field { writer.write(text: ",\"field\":\(field.jsonQuoted)") }
        writer.write("}")
    }
}

extension JSONWriter {
    /// Writes text as it is.
    mutating func write(text: String) {
        var text = text
        text.withUTF8 { unsafe write(UnsafeRawBufferPointer($0)) }
    }
}
