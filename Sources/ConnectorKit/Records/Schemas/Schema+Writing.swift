extension Schema {
    /// Writes the schema as Kafka Connect's JsonConverter does; one that was read as it was read.
    public func write(to writer: inout JSONWriter) {
        if let text { return unsafe text.withUnsafeBytes { unsafe writer.write($0) } }
        write(to: &writer, field: nil)
    }

    /// The schema as JSON.
    public var jsonText: String {
        var writer = JSONWriter(capacity: 256)
        write(to: &writer)
        return unsafe writer.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// - Parameter field: The name when it is that of a struct's field.
    private func write(to writer: inout JSONWriter, field: String?) {
        writer.write(text: "{\"type\":\"\(type.name)\"")
        switch type {
        case .array(let items):
            writer.write(",\"items\":")
            items.write(to: &writer, field: nil)
        case .map(let key, let value):
            writer.write(",\"keys\":")
            key.write(to: &writer, field: nil)
            writer.write(",\"values\":")
            value.write(to: &writer, field: nil)
        case .structure(let fields):
            writer.write(",\"fields\":[")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.write(",") }
                field.schema.write(to: &writer, field: field.name)
            }
            writer.write("]")
        default: break
        }
        writeName(to: &writer)
        writer.write(isOptional ? ",\"optional\":true" : ",\"optional\":false")
        if let field { writer.write(text: ",\"field\":\(field.jsonQuoted)") }
        writer.write("}")
    }

    private func writeName(to writer: inout JSONWriter) {
        if let name { writer.write(text: ",\"name\":\(name.jsonQuoted)") }
        if let version { writer.write(text: ",\"version\":\(version)") }
        if !parameters.isEmpty {
            let list = parameters.sorted { $0.key < $1.key }.map { "\($0.key.jsonQuoted):\($0.value.jsonQuoted)" }
            writer.write(text: ",\"parameters\":{\(list.joined(separator: ","))}")
        }
        if let doc { writer.write(text: ",\"doc\":\(doc.jsonQuoted)") }
        if let defaultValue { writer.write(text: ",\"default\":\(defaultValue.jsonText)") }
    }
}

extension JSONWriter {
    /// Writes text as it is.
    public mutating func write(text: String) {
        var text = text
        text.withUTF8 { unsafe write(UnsafeRawBufferPointer($0)) }
    }
}
