public import ConnectorKit

/// What the flat Kafka Connect configurations of a worker take from it: Kafka's address, converters, client settings.
public struct FlatDefaults: Sendable {
    private let members: [ConfigMember]

    /// Takes what there is for them among a worker's settings.
    ///
    /// - Parameter worker: The object of the settings; without `bootstrap.servers` it is `localhost:9092`, as in Kafka
    ///   Connect.
    public init(_ worker: ConfigNode = ConfigNode(.object([]))) {
        let given = worker.members ?? []
        let servers = given.contains { $0.name == Self.servers } ? [] : [Self.localServers]
        members = servers + given
    }

    /// The brokers' addresses, and the settings of Kafka clients under `prefix` as a connector would override them.
    func connection(_ prefix: String) -> [ConfigMember] {
        members.filter { $0.name == Self.servers }
            + members.filter { $0.name.hasPrefix(prefix) }.map { member in
                ConfigMember(
                    name: "\(prefix)override.\(member.name.dropFirst(prefix.count))", nameLocation: member.nameLocation,
                    value: member.value)
            }
    }

    /// A converter and its settings, which belong together.
    func converter(_ name: String) -> [ConfigMember] {
        members.filter { $0.name == name || $0.name.hasPrefix(name + ".") }
    }

    private static let servers = "bootstrap.servers"
    private static let localServers = ConfigMember(
        name: servers, nameLocation: ConfigLocation(), value: ConfigNode(.string("localhost:9092")))
}
