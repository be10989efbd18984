internal import ConnectorKit

/// A class that `connector.class` names: the whole name, the simple one, or that without `Connector`.
struct FlatClass {
    /// The simple name without `Connector` at its end.
    let name: String

    init(_ text: String) {
        let simple = text.split(separator: ".").last.map(String.init) ?? ""
        name = Self.cut(simple, "Connector")
    }

    /// What the name says it is; nil when it says nothing.
    var kind: PluginKind? {
        let name = name.lowercased()
        return name.hasSuffix("sink") ? .sink : name.hasSuffix("source") ? .source : nil
    }

    /// What a connector that is called like the class is called here.
    var connectorName: String { Self.cut(Self.cut(name.lowercased(), "sink"), "source") }

    /// Whether a connector is called like the class, or stands in for it.
    func means(_ connector: String, _ classes: [ConnectClass]) -> Bool {
        connector == connectorName || classes.contains { $0.name == name }
    }

    private static func cut(_ text: String, _ end: String) -> String {
        text.hasSuffix(end) && text.count > end.count ? String(text.dropLast(end.count)) : text
    }
}

/// The connector of a flat configuration.
struct FlatConnector {
    let name: String
    /// The settings it has.
    let settings: Set<String>
    /// How the class's settings are read; nil when the connector is called like the class.
    let standIn: ConnectClass?

    init(_ name: String, _ config: ConfigDefinition, _ classes: [ConnectClass], for flat: FlatClass) {
        self.name = name
        settings = Set(config.declarations.filter { $0.type != .prefix }.map(\.name))
        standIn = classes.first { $0.name == flat.name }
    }
}

extension PluginCatalog {
    /// The connector that a class means; nil when there is none.
    func connector(_ flat: FlatClass, _ kind: PluginKind) -> FlatConnector? {
        let name = flat.connectorName
        guard kind == .sink else {
            let source = try? find(.source, name) { $0.sources.first { flat.means($0.name, $0.classes) } }
            return source.map { FlatConnector($0.name, $0.config, $0.classes, for: flat) }
        }
        let sink = try? find(.sink, name) { $0.sinks.first { flat.means($0.name, $0.classes) } }
        return sink.map { FlatConnector($0.name, $0.config, $0.classes, for: flat) }
    }
}
