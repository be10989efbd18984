/// Knows what librdkafka said lately, so that one event is one line: it repeats itself, for every partition, by its log and
/// as an error. Pure: no clock.
struct RecentEvents {
    /// What was not heard of for so long is news again.
    private static let window = Duration.seconds(60)
    private static let most = 100

    private var heard: [String: Duration] = [:]

    /// Whether something is heard for the first time in a while.
    ///
    /// - Parameter isTopic: Whether it says that a topic is not there.
    mutating func isNews(_ text: String, isTopic: Bool = false, at now: Duration) -> Bool {
        let event = isTopic ? "topic \(Self.topic(in: text))" : Self.essence(of: text)
        heard = heard.filter { now - $0.value < Self.window }
        let isNews = heard[event] == nil
        if heard.count < Self.most || !isNews { heard[event] = now }
        return isNews
    }

    /// The topic in `t [0]: topic does not exist` or `Subscribed topic not available: t: …`.
    private static func topic(in text: String) -> Substring {
        if let end = text.firstRange(of: " [") { return text[..<end.lowerBound] }
        let parts = text.split(separator: ":", maxSplits: 2)
        return parts.count > 1 ? parts[1].drop { $0 == " " } : text[...]
    }

    /// Without the thread, how long it took, and numbers of partitions.
    private static func essence(of text: String) -> String {
        var rest = text[...]
        if rest.hasPrefix("[thrd:"), let end = rest.firstRange(of: "]: ") { rest = rest[end.upperBound...] }
        if let end = rest.firstRange(of: " (after ") { rest = rest[..<end.lowerBound] }
        return String(rest)
    }
}
