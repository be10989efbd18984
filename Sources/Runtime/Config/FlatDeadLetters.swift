internal import ConnectorKit

/// The dead letter queue of a flat configuration: a topic of the records as they were read.
struct FlatDeadLetters {
    private let all: [ConfigMember]
    private let given: [ConfigMember]
    private let place: ConfigLocation

    /// - Parameters:
    ///   - all: The whole configuration.
    ///   - given: What concerns the queue.
    init(_ all: [ConfigMember], _ given: [ConfigMember], at place: ConfigLocation) {
        self.all = all
        self.given = given
        self.place = place
    }

    /// The queue; nil when there is none, or `errors.tolerance` none leaves nothing for it: the record fails the task, and
    /// is read again.
    func queue(_ kafka: FlatConnector?, _ defaults: FlatDefaults, _ findings: inout Findings) -> ConfigNode? {
        noteUnknown(&findings)
        guard let topic = value("topic.name"), let name = topic.scalarText, !name.isEmpty,
            all.first(where: { $0.name == "errors.tolerance" })?.value.scalarText?.lowercased() == "all"
        else { return nil }
        noteLoop(topic, &findings)
        var end = FlatKafkaEnd(kafka, "producer.", defaults, at: place)
        for member in given where member.name.hasPrefix("producer.override.") { end.set(member) }
        set("topic", topic, &end)
        end.set("topic.creation.default.partitions", "1")
        end.set("topic.creation.default.replication.factor", "3")
        if let replicas = value("topic.replication.factor") {
            set("topic.creation.default.replication.factor", replicas, &end)
        }
        // Texts and bytes are written as they are, whatever they were read with.
        for converter in FlatSettings.converters { end.set(converter, "string") }
        end.set(DeadLetterSettings.form, DeadLetterForm.Shape.record.rawValue)
        if let context = value("context.headers.enable") { set(DeadLetterSettings.headers, context, &end) }
        return end.node
    }

    private func value(_ name: String) -> ConfigNode? {
        given.first { $0.name == FlatSettings.deadLetterPrefix + name }?.value
    }

    private func set(_ name: String, _ value: ConfigNode, _ end: inout FlatKafkaEnd) {
        end.set(ConfigMember(name: name, nameLocation: value.location, value: value))
    }

    private func noteUnknown(_ findings: inout Findings) {
        let known = ["topic.name", "topic.replication.factor", "context.headers.enable"]
            .map { FlatSettings.deadLetterPrefix + $0 }
        for member in given where member.name.hasPrefix(FlatSettings.deadLetterPrefix) && !known.contains(member.name) {
            let hint = nearest(member.name, in: known).map { "did you mean \"\($0)\"?" }
            findings.add(
                "there is no setting \"\(member.name)\"; \(hint ?? "there are: \(known.joined(separator: ", "))")",
                at: member.nameLocation)
        }
    }

    /// A queue that is read again would go round for ever.
    private func noteLoop(_ topic: ConfigNode, _ findings: inout Findings) {
        let topics = all.first { $0.name == "topics" }?.value
        let names =
            topics?.elements?.compactMap(\.scalarText) ?? topics?.scalarText?.split(separator: ",").map(String.init)
        let isRead = (names ?? []).contains { $0.filter { !$0.isWhitespace } == topic.scalarText }
        if isRead { findings.add("the dead letter topic is among the topics read; name another", at: topic.location) }
        guard let pattern = all.first(where: { $0.name == "topics.regex" })?.value.scalarText,
            let regex = try? Regex(pattern), topic.scalarText?.wholeMatch(of: regex) != nil
        else { return }
        findings.add(
            "the dead letter topic matches topics.regex, so it would be read again; name another", at: topic.location)
    }
}
