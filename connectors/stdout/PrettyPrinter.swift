import ConnectorKit

/// Prints a record for a person: a line of its topic, key and headers, then its value indented.
struct PrettyPrinter {
    private static let step = 2

    mutating func print(_ record: Record, to writer: inout JSONWriter) {
        let heading = heading(record)
        if !heading.isEmpty { write("# " + heading + "\n", &writer) }
        print(record.value, indent: 0, to: &writer)
        writer.write("\n")
    }

    private func heading(_ record: Record) -> String {
        var parts: [String] = []
        if let topic = record.topic { parts.append("topic \(topic)") }
        if let partition = record.partition { parts.append("partition \(partition)") }
        if record.key.exists { parts.append("key \(record.key.jsonText)") }
        if let timestamp = record.timestamp { parts.append("timestamp \(timestamp)") }
        record.headers.forEach { name, value in parts.append("header \(name.string ?? "") \(value.jsonText)") }
        return parts.joined(separator: ", ")
    }

    private func print(_ value: Value, indent: Int, to writer: inout JSONWriter) {
        switch value.kind {
        case .array where value.count > 0: printArray(value, indent: indent + Self.step, to: &writer)
        case .object where value.count > 0: printObject(value, indent: indent + Self.step, to: &writer)
        default: writer.write(value)
        }
    }

    private func printArray(_ value: Value, indent: Int, to writer: inout JSONWriter) {
        var isFirst = true
        value.forEach { element in
            write((isFirst ? "[\n" : ",\n") + String(repeating: " ", count: indent), &writer)
            isFirst = false
            print(element, indent: indent, to: &writer)
        }
        write("\n" + String(repeating: " ", count: indent - Self.step) + "]", &writer)
    }

    private func printObject(_ value: Value, indent: Int, to writer: inout JSONWriter) {
        var isFirst = true
        value.forEachMember { name, member in
            write((isFirst ? "{\n" : ",\n") + String(repeating: " ", count: indent), &writer)
            isFirst = false
            writer.write(name)
            writer.write(": ")
            print(member, indent: indent, to: &writer)
        }
        write("\n" + String(repeating: " ", count: indent - Self.step) + "}", &writer)
    }

    private func write(_ text: String, _ writer: inout JSONWriter) {
        for byte in text.utf8 { writer.writeByte(byte) }
    }
}
