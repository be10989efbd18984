public import ConnectorKit

/// Finds what a pipeline names among the built-in plugins and the libraries on `plugin.path`.
///
/// A library is loaded when a pipeline first needs it and never unloaded. Safe from any thread.
public final class PluginCatalog: Sendable {
    /// Searches `directories` in order, then the executable's own directory and `../lib/sluice` beside it.
    public init(directories: [String] = [], builtIn: [PluginManifest] = []) {}

    /// The source of this name.
    public func source(_ name: String) throws(PluginFailure) -> SourceDefinition { throw PluginFailure(message: "") }
    /// The sink of this name.
    public func sink(_ name: String) throws(PluginFailure) -> SinkDefinition { throw PluginFailure(message: "") }
    /// The transform of this name, without `$Key` or `$Value`.
    public func transform(_ name: String) throws(PluginFailure) -> TransformDefinition {
        throw PluginFailure(message: "")
    }
    /// The predicate of this name.
    public func predicate(_ name: String) throws(PluginFailure) -> PredicateDefinition {
        throw PluginFailure(message: "")
    }
}
