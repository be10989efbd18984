internal import ConnectorKit

/// Kafka's end of a flat configuration: settings of the connector `kafka`, later ones in place of earlier ones.
struct FlatKafkaEnd {
    private static let headers = "org.apache.kafka.connect.storage.SimpleHeaderConverter"

    /// Kafka's connector; nil when it is missing.
    let kafka: FlatConnector?
    /// `consumer.` or `producer.`.
    let prefix: String
    /// Where what nobody wrote is said to stand.
    let place: ConfigLocation
    private var members: [ConfigMember] = []

    init(_ kafka: FlatConnector?, _ prefix: String, _ defaults: FlatDefaults, at place: ConfigLocation) {
        self.kafka = kafka
        self.prefix = prefix
        self.place = place
        set("connector", "kafka")
        for member in defaults.connection(prefix) { set(member) }
    }

    var node: ConfigNode { ConfigNode(.object(members), at: place) }

    /// Takes the worker's converters in place of those that `given` does not name.
    mutating func setConverters(_ defaults: FlatDefaults, besides given: [ConfigMember]) {
        set("header.converter", Self.headers)
        for name in FlatSettings.converters where !given.contains(where: { $0.name == name }) {
            for member in defaults.converter(name) { set(member) }
        }
    }

    mutating func set(_ name: String, _ text: String) {
        set(ConfigMember(name: name, nameLocation: place, value: ConfigNode(.string(text), at: place)))
    }

    /// Sets what a configuration says; an override of a setting that the connector has is that setting.
    mutating func set(_ member: ConfigMember) {
        var name = member.name
        let override = prefix + "override."
        if name.hasPrefix(override) {
            let plain = String(name.dropFirst(override.count))
            if kafka?.settings.contains(plain) == true { name = plain }
        }
        members.removeAll { $0.name == name }
        members.append(ConfigMember(name: name, nameLocation: member.nameLocation, value: member.value))
    }
}
