public import ConnectorKit

/// A plugin that is loaded or built in.
public struct InstalledPlugin: Sendable {
    /// The library; nil for what is built into the worker.
    public let file: String?
    /// What it offers.
    public let manifest: PluginManifest

    /// The file for a message.
    var origin: String { file ?? "the worker itself" }

    func names(_ kind: PluginKind) -> [String] {
        switch kind {
        case .source: manifest.sources.map(\.name)
        case .sink: manifest.sinks.map(\.name)
        case .transform: manifest.transforms.map(\.name)
        case .predicate: manifest.predicates.map(\.name)
        }
    }
}

/// What a plugin can offer.
public enum PluginKind: String, Sendable, CaseIterable {
    /// Reads records.
    case source
    /// Writes records.
    case sink
    /// Changes records.
    case transform
    /// Chooses records.
    case predicate

    /// Whether a library is named after it.
    var namesLibrary: Bool { self == .source || self == .sink }
}
