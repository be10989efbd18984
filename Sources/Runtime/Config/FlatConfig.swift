internal import ConnectorKit

/// Turns a Kafka Connect connector configuration (`connector.class`, `transforms: "a,b"`) into a pipeline object: one
/// whose other end is Kafka.
///
/// Every value keeps its place, so that problems point into the file as it was written.
struct FlatConfig {
    private static let classSetting = "connector.class"
    private static let aliasPrefix = "transforms."

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
    func pipeline(_ catalog: PluginCatalog, _ defaults: FlatDefaults, _ findings: inout Findings) -> ConfigNode {
        let flat = FlatClass(connectorClass.scalarText ?? "")
        let settings = settings(flat, catalog)
        var parts: [FlatSettings.Part: [ConfigMember]] = [:]
        for member in members { parts[settings.part(of: member.name), default: []].append(member) }
        let own = connector(flat, settings, parts[.connector] ?? [])
        let other = kafkaEnd(settings, defaults, parts[.kafka] ?? [], &findings)
        let transforms = FlatTransforms(members).steps(&findings)
        var pipeline = parts[.pipeline] ?? []
        pipeline.append(member("source", settings.isSink ? other : own))
        pipeline.append(member("transforms", ConfigNode(.array(transforms), at: node.location)))
        pipeline.append(member("sinks", ConfigNode(.array([settings.isSink ? own : other]), at: node.location)))
        let letters = FlatDeadLetters(members, parts[.deadLetters] ?? [], at: connectorClass.location)
        if let queue = letters.queue(catalog.kafka(.sink), defaults, &findings) {
            pipeline.append(member("errors.deadletterqueue", queue))
        }
        return ConfigNode(.object(pipeline), at: node.location)
    }

    private func settings(_ flat: FlatClass, _ catalog: PluginCatalog) -> FlatSettings {
        let readsTopics = members.contains { $0.name == "topics" || $0.name == "topics.regex" }
        let isSink = (flat.kind ?? (readsTopics ? .sink : .source)) == .sink
        return FlatSettings(
            isSink: isSink, connector: catalog.connector(flat, isSink ? .sink : .source),
            kafka: catalog.kafka(isSink ? .source : .sink))
    }

    private func connector(_ flat: FlatClass, _ settings: FlatSettings, _ given: [ConfigMember]) -> ConfigNode {
        var own = [named("connector", settings.connector?.name ?? flat.connectorName)]
        own += given.map(settings.connectorsMember)
        let implied = (settings.connector?.standIn?.implied ?? [:]).sorted { $0.key < $1.key }
        for (name, text) in implied where !own.contains(where: { $0.name == name }) { own.append(named(name, text)) }
        return ConfigNode(.object(own), at: connectorClass.location)
    }

    private func kafkaEnd(
        _ settings: FlatSettings, _ defaults: FlatDefaults, _ given: [ConfigMember], _ findings: inout Findings
    ) -> ConfigNode {
        var end = FlatKafkaEnd(
            settings.kafka, settings.isSink ? "consumer." : "producer.", defaults, at: connectorClass.location)
        end.setConverters(defaults, besides: given)
        if settings.isSink { end.set("group.id", "connect-\(node["name"]?.scalarText ?? innerName)") }
        for member in given { end.set(member) }
        promise(settings, &end, &findings)
        return end.node
    }

    private var innerName: String { members.first { $0.name == "name" }?.value.scalarText ?? "" }

    /// Asks Kafka's end for what `exactly.once.support` requires of a source, or says that nobody gives it.
    private func promise(_ settings: FlatSettings, _ end: inout FlatKafkaEnd, _ findings: inout Findings) {
        guard let promise = members.first(where: { $0.name == "exactly.once.support" }),
            promise.value.scalarText?.lowercased() == "required"
        else { return }
        if !settings.isSink, settings.kafka?.settings.contains("exactly.once") == true {
            return end.set("exactly.once", "true")
        }
        findings.add(
            "exactly.once.support is required, which only a source that writes to Kafka gets; remove it for delivery at least "
                + "once", at: promise.value.location)
    }

    private func named(_ name: String, _ text: String) -> ConfigMember {
        ConfigMember(
            name: name, nameLocation: connectorClass.location,
            value: ConfigNode(.string(text), at: connectorClass.location))
    }

    private func member(_ name: String, _ value: ConfigNode) -> ConfigMember {
        ConfigMember(name: name, nameLocation: value.location, value: value)
    }
}

extension PluginCatalog {
    /// The connector of Kafka's end; nil when it is missing.
    func kafka(_ kind: PluginKind) -> FlatConnector? { connector(FlatClass("kafka"), kind) }
}
