internal import ConnectorKit

/// Whom each setting of a flat configuration concerns.
struct FlatSettings {
    enum Part { case pipeline, connector, kafka, deadLetters, transforms, nothing }

    static let converters = ["key.converter", "value.converter", "header.converter"]
    static let deadLetterPrefix = "errors.deadletterqueue."

    private static let sinkPrefixes = ["topics.regex", "consumer.override."]
    private static let sourcePrefixes = ["topic.creation.", "producer.override."]
    /// What only Kafka Connect's own machinery needs.
    private static let needless = [
        "connector.class", "connector.plugin.version", "tasks.max.enforce", "config.action.reload",
        "offsets.storage.topic", "exactly.once.support", "transaction.boundary", "transaction.boundary.interval.ms",
    ]

    let isSink: Bool
    /// The connector; nil when there is none of the class.
    let connector: FlatConnector?
    /// Kafka's end; nil when its connector is missing.
    let kafka: FlatConnector?

    /// Where a setting goes; one that nobody knows goes to the connector, which says so.
    func part(of name: String) -> Part {
        if isNeedless(name) { return .nothing }
        if name.hasPrefix(Self.deadLetterPrefix) { return .deadLetters }
        if PipelineSettings.definition.declarations.contains(where: { $0.name == name }) { return .pipeline }
        if name.hasPrefix("errors.") || name.hasPrefix("restart.") { return .pipeline }
        if FlatTransforms.owns(name) { return .transforms }
        if isKafkas(name) { return .kafka }
        // Dead letters of a sink are what it produces.
        if isSink, name.hasPrefix("producer.override.") { return .deadLetters }
        if connector?.settings.contains(connectorsName(name)) == true { return .connector }
        return kafka?.settings.contains(name) == true ? .kafka : .connector
    }

    /// What the connector calls one of its class's settings.
    func connectorsName(_ name: String) -> String { connector?.standIn?.renamed[name] ?? name }

    /// One of the class's settings as the connector has it.
    func connectorsMember(_ member: ConfigMember) -> ConfigMember {
        let name = connectorsName(member.name)
        return ConfigMember(
            name: name, nameLocation: member.nameLocation, value: connectorsValue(member.value, of: name))
    }

    private func connectorsValue(_ value: ConfigNode, of name: String) -> ConfigNode {
        guard let values = connector?.standIn?.values[name], let text = value.scalarText,
            let own = values[text.split(separator: ".").last.map(String.init) ?? text]
        else { return value }
        return ConfigNode(.string(own), at: value.location)
    }

    private func isNeedless(_ name: String) -> Bool {
        Self.needless.contains(name) || name.hasPrefix("admin.override.")
            || Self.converters.contains { name == "\($0).plugin.version" }
            || connector?.standIn?.needless.contains(name) == true
            || (!isSink && name.hasPrefix("consumer.override."))
    }

    private func isKafkas(_ name: String) -> Bool {
        if Self.converters.contains(where: { name == $0 || name.hasPrefix($0 + ".") }) { return true }
        if isSink, name == "topics" { return true }
        return (isSink ? Self.sinkPrefixes : Self.sourcePrefixes).contains { name.hasPrefix($0) }
    }
}
