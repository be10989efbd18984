/// Reads pipeline files.
public struct PipelineLoader: Sendable {
    private let catalog: PluginCatalog

    /// Resolves names with `catalog`.
    public init(catalog: PluginCatalog) { self.catalog = catalog }

    /// Reads pipeline files and directories of `*.json` files, and checks everything in them.
    ///
    /// - Throws: Every problem at once.
    public func load(_ paths: [String]) throws(ConfigFailure) -> [PipelineConfig] { [] }
}
