import ConnectorKit

/// A topic name in which `${topic}` stands for the record's own topic.
struct TopicTemplate: Sendable {
    private static let placeholder = "${topic}"
    private let parts: [String]

    init(_ text: String) {
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: Self.placeholder) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        self.parts = parts + [String(rest)]
    }

    /// What is wrong with a template; nil when nothing is.
    static func fault(in text: String) -> String? {
        let sample = TopicTemplate(text).name("t") ?? ""
        return isName(sample) ? nil : "topic is \"\(text)\"; expected \(rule), and ${topic} for the record's topic"
    }

    /// Whether records of one batch may go to several topics.
    var dependsOnRecord: Bool { parts.count > 1 }

    /// The topic for a record of this topic; nil when it has none and the template needs it.
    func name(_ topic: String?) -> String? {
        guard dependsOnRecord else { return parts[0] }
        return topic.map { parts.joined(separator: $0) }
    }

    /// Whether Kafka takes this as the name of a topic (`org.apache.kafka.common.internals.Topic`).
    static func isName(_ text: String) -> Bool {
        (1...249).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    static let rule = "1 to 249 letters, digits, dots, underscores and hyphens"
}
