internal import ConnectorKit

/// Turns a Kafka Connect connector configuration (`connector.class`, `transforms: "a,b"`) into a pipeline object: one
/// whose other end is Kafka.
///
/// Every value keeps its place, so that problems point into the file as it was written.
struct FlatConfig {
    private static let classSetting = "connector.class"
    private static let kafka = "kafka"
    private static let aliasPrefix = "transforms."
    /// Classes that Kafka Connect's world calls otherwise than their connector is called here.
    private static let renamed = ["filestream": "file", "mongo": "mongodb"]
    private static let suffixes = ["connector", "source", "sink"]
    private static let kafkaSourceSettings = ["topics", "topics.regex", "consumer.override."]
    private static let kafkaSinkSettings = ["topic.creation.", "producer.override."]
    private static let converters = ["key.converter", "value.converter", "header.converter"]
    private static let deadLetterPrefix = "errors.deadletterqueue."

    private let members: [ConfigMember]
    private let node: ConfigNode
    private let connectorClass: ConfigNode

    /// Recognises one, also in the `{"name": …, "config": {…}}` form of the REST interface; nil for anything else.
    init?(_ node: ConfigNode) {
        let wrapped = node["config"]
        guard let connectorClass = (wrapped ?? node)[Self.classSetting], connectorClass.scalarText != nil else {
            return nil
        }
        let outer = (node.members ?? []).filter { $0.name != "config" && $0.name != "initial_state" }
        let inner = (wrapped?.members ?? []).filter { $0.name != "name" || node["name"] == nil }
        members = outer + inner
        self.node = node
        self.connectorClass = connectorClass
    }

    /// The alias of a transform that came from a flat configuration; nil for any other.
    static func alias(of transform: ConfigNode) -> String? {
        guard let name = transform.location.pointer.split(separator: "/").last, name.hasPrefix(aliasPrefix) else {
            return nil
        }
        return String(name.dropFirst(aliasPrefix.count))
    }

    /// The pipeline object.
    func pipeline(_ findings: inout Findings) -> ConfigNode {
        var parts: [Part: [ConfigMember]] = [:]
        for member in members { parts[part(of: member.name), default: []].append(renamed(member)) }
        let transforms = FlatTransforms(members).steps(&findings)
        parts[.connector, default: []].insert(named("connector", connectorName), at: 0)
        parts[.kafka, default: []].insert(named("connector", Self.kafka), at: 0)
        var pipeline = parts[.pipeline] ?? []
        let own = object(parts[.connector])
        let other = object(parts[.kafka])
        pipeline.append(member("source", isSink ? other : own))
        pipeline.append(member("transforms", ConfigNode(.array(transforms), at: node.location)))
        pipeline.append(member("sinks", ConfigNode(.array([isSink ? own : other]), at: node.location)))
        if let letters = parts[.deadLetters] {
            let queue = object([named("connector", Self.kafka)] + letters)
            pipeline.append(member("errors.deadletterqueue", queue))
        }
        return ConfigNode(.object(pipeline), at: node.location)
    }

    private enum Part { case pipeline, connector, kafka, deadLetters, transforms, nothing }

    private func part(of name: String) -> Part {
        if name == Self.classSetting { return .nothing }
        if name.hasPrefix(Self.deadLetterPrefix) { return .deadLetters }
        if PipelineSettings.definition.declarations.contains(where: { $0.name == name }) { return .pipeline }
        if name.hasPrefix("errors.") || name.hasPrefix("restart.") { return .pipeline }
        if FlatTransforms.owns(name) { return .transforms }
        if Self.converters.contains(where: { name == $0 || name.hasPrefix($0 + ".") }) { return .kafka }
        let kafkas = isSink ? Self.kafkaSourceSettings : Self.kafkaSinkSettings
        let isKafkas = kafkas.contains { $0.hasSuffix(".") ? name.hasPrefix($0) : name == $0 }
        return isKafkas ? .kafka : .connector
    }

    private func renamed(_ member: ConfigMember) -> ConfigMember {
        guard member.name.hasPrefix(Self.deadLetterPrefix) else { return member }
        let name = member.name.dropFirst(Self.deadLetterPrefix.count)
        return ConfigMember(
            name: name == "topic.name" ? "topic" : String(name), nameLocation: member.nameLocation, value: member.value)
    }

    /// The class's simple name in lower case.
    private var className: String {
        (connectorClass.scalarText ?? "").split(separator: ".").last?.lowercased() ?? ""
    }

    private var isSink: Bool {
        let name = className.hasSuffix("connector") ? String(className.dropLast("connector".count)) : className
        if name.hasSuffix("sink") { return true }
        if name.hasSuffix("source") { return false }
        return members.contains { $0.name == "topics" || $0.name == "topics.regex" }
    }

    private var connectorName: String {
        var name = className
        for suffix in Self.suffixes where name.hasSuffix(suffix) && name.count > suffix.count {
            name = String(name.dropLast(suffix.count))
        }
        return Self.renamed[name] ?? name
    }

    private func named(_ name: String, _ text: String) -> ConfigMember {
        ConfigMember(
            name: name, nameLocation: connectorClass.location,
            value: ConfigNode(.string(text), at: connectorClass.location))
    }

    private func member(_ name: String, _ value: ConfigNode) -> ConfigMember {
        ConfigMember(name: name, nameLocation: value.location, value: value)
    }

    private func object(_ members: [ConfigMember]?) -> ConfigNode {
        ConfigNode(.object(members ?? []), at: connectorClass.location)
    }
}
