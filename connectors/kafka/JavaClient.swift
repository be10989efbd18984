import ConnectorKit

/// Settings of Kafka's Java clients, which Kafka Connect's configurations override, in librdkafka's words.
enum JavaClient {
    private static let renamed = [
        "fetch.max.wait.ms": "fetch.wait.max.ms", "max.request.size": "message.max.bytes",
        "receive.buffer.bytes": "socket.receive.buffer.bytes",
        "send.buffer.bytes": "socket.send.buffer.bytes",
    ]
    /// What librdkafka has nothing of, and nothing for; the rest of a Java client's settings it knows by their names.
    private static let needless: Set<String> = [
        // Read by ``offsetReset(_:)``.
        "auto.offset.reset",
        "auto.include.jmx.reporter", "buffer.memory", "client.dns.lookup", "default.api.timeout.ms",
        "enable.metrics.push", "exclude.internal.topics", "interceptor.classes", "key.deserializer", "key.serializer",
        "max.block.ms", "max.poll.records", "metadata.max.idle.ms", "metric.reporters", "metrics.num.samples",
        "metrics.recording.level",
        "metrics.sample.window.ms", "partition.assignment.strategy", "partitioner.adaptive.partitioning.enable",
        "partitioner.availability.timeout.ms", "partitioner.class", "socket.connection.setup.timeout.max.ms",
        "value.deserializer", "value.serializer",
    ]

    /// Where overrides have a consumer begin; nil when they do not say, or nothing that is understood.
    static func offsetReset(_ overrides: [String: String]) -> SourceConfig.OffsetReset? {
        overrides["auto.offset.reset"].flatMap { SourceConfig.OffsetReset(rawValue: $0.lowercased()) }
    }

    /// The properties that overrides stand for, in the order of their names.
    static func properties(_ overrides: [String: String]) -> [(name: String, value: String, written: String)] {
        overrides.sorted { $0.key < $1.key }.compactMap { name, value in
            if needless.contains(name) { return nil }
            let isOff = name == "ssl.endpoint.identification.algorithm" && value.isEmpty
            let own = renamed[name] ?? name
            return (own, isOff ? "none" : clamped(value, to: ranges[own]), name)
        }
    }

    /// What librdkafka takes of numbers that Java clients take up to 2^31 - 1, as for "no limit", or as -1 or 0.
    private static let ranges: [String: ClosedRange<Int>] = [
        "batch.size": 1...Int(Int32.max), "fetch.max.bytes": 0...2_147_483_135, "fetch.min.bytes": 1...100_000_000,
        "fetch.wait.max.ms": 0...300_000, "heartbeat.interval.ms": 1...3_600_000,
        "max.partition.fetch.bytes": 1...1_000_000_000, "max.poll.interval.ms": 1...86_400_000,
        "message.max.bytes": 1000...1_000_000_000, "metadata.max.age.ms": 1...86_400_000,
        "reconnect.backoff.max.ms": 0...3_600_000, "reconnect.backoff.ms": 0...3_600_000,
        "request.timeout.ms": 1...900_000, "retry.backoff.ms": 1...300_000, "session.timeout.ms": 1...3_600_000,
        "socket.receive.buffer.bytes": 0...100_000_000, "socket.send.buffer.bytes": 0...100_000_000,
    ]

    private static func clamped(_ text: String, to range: ClosedRange<Int>?) -> String {
        guard let range, let number = Int(text), (-1...Int(Int32.max)).contains(number) else { return text }
        return "\(min(max(number, range.lowerBound), range.upperBound))"
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
