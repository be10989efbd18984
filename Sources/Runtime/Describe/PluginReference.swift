public import ConnectorKit

/// Everything of one name that plugins offer: a connector may be a source and a sink.
public struct PluginReference: Sendable {
    /// One thing that a plugin offers.
    public struct Entry: Sendable {
        /// What it is.
        public let kind: PluginKind
        /// The name a pipeline uses.
        public let name: String
        /// What it does, in Markdown.
        public let documentation: String
        /// Its settings.
        public let config: ConfigDefinition
        /// The plugin's own version.
        public let version: String
        /// The plugin's library; nil when it is built in.
        public let file: String?
    }

    /// All entries, sources first, by name within each kind.
    public let entries: [Entry]

    /// Lists what plugins offer.
    public init(_ plugins: [InstalledPlugin]) {
        let all = plugins.flatMap(Self.entries)
        entries = PluginKind.allCases.flatMap { kind in
            all.filter { $0.kind == kind }.sorted { $0.name < $1.name }
        }
    }

    private static func entries(of plugin: InstalledPlugin) -> [Entry] {
        func entry(_ kind: PluginKind, _ name: String, _ documentation: String, _ config: ConfigDefinition) -> Entry {
            Entry(
                kind: kind, name: name, documentation: documentation, config: config,
                version: plugin.manifest.version, file: plugin.file)
        }
        let manifest = plugin.manifest
        return manifest.sources.map { entry(.source, $0.name, $0.documentation, $0.config) }
            + manifest.sinks.map { entry(.sink, $0.name, $0.documentation, $0.config) }
            + manifest.transforms.map { entry(.transform, $0.name, $0.documentation, $0.config) }
            + manifest.predicates.map { entry(.predicate, $0.name, $0.documentation, $0.config) }
    }
}

extension PluginReference.Entry {
    /// The first sentence of the documentation.
    public var summary: String { Runtime.summary(of: documentation) }

    /// The reference page.
    public var markdown: String {
        let settings = config.markdown
        return "# \(name) (\(kind.rawValue))\n\n\(documentation)\n\n"
            + (settings.isEmpty ? "It has no settings." : "## Settings\n\n\(settings)")
    }

    /// The entry without its settings.
    public var json: JSONTree { .object(members) }

    /// The entry with the JSON Schema of its settings.
    public var detailedJSON: JSONTree {
        .object(members + [.init("documentation", .string(documentation)), .init("settings", config.schema)])
    }

    private var members: [JSONTree.Member] {
        [
            .init("kind", .string(kind.rawValue)), .init("name", .string(name)), .init("version", .string(version)),
            .init("file", JSONTree(file)), .init("summary", .string(summary)),
        ]
    }
}
