import ConnectorKit

/// Settings of Kafka's Java clients, which Kafka Connect's configurations override, in librdkafka's words.
enum JavaClient {
    private static let renamed = [
        "max.request.size": "message.max.bytes", "receive.buffer.bytes": "socket.receive.buffer.bytes",
        "send.buffer.bytes": "socket.send.buffer.bytes",
    ]
    /// What librdkafka has nothing of, and nothing for; the rest of a Java client's settings it knows by their names.
    private static let needless: Set<String> = [
        "auto.include.jmx.reporter", "buffer.memory", "client.dns.lookup", "default.api.timeout.ms",
        "enable.metrics.push", "exclude.internal.topics", "interceptor.classes", "key.deserializer", "key.serializer",
        "max.block.ms", "max.poll.records", "metric.reporters", "metrics.num.samples", "metrics.recording.level",
        "metrics.sample.window.ms", "partition.assignment.strategy", "partitioner.class", "value.deserializer",
        "value.serializer",
    ]

    /// The properties that overrides stand for, in the order of their names.
    static func properties(_ overrides: [String: String]) -> [(name: String, value: String, written: String)] {
        overrides.sorted { $0.key < $1.key }.compactMap { name, value in
            if needless.contains(name) { return nil }
            let isOff = name == "ssl.endpoint.identification.algorithm" && value.isEmpty
            return (renamed[name] ?? name, isOff ? "none" : value, name)
        }
    }

    /// User and password in a `sasl.jaas.config`; nil when there are none.
    static func login(_ text: String) -> (user: String, password: String)? {
        guard let user = option("username", in: text), let password = option("password", in: text) else { return nil }
        return (user, password)
    }

    private static func option(_ name: String, in text: String) -> String? {
        guard let found = text.firstRange(of: " \(name)=") else { return nil }
        let rest = text[found.upperBound...]
        guard let quote = rest.first, quote == "\"" || quote == "'" else {
            return String(rest.prefix { !$0.isWhitespace && $0 != ";" })
        }
        var value = ""
        var isEscaped = false
        for character in rest.dropFirst() {
            if isEscaped {
                value.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == quote {
                return value
            } else {
                value.append(character)
            }
        }
        return nil
    }
}
