internal import ConnectorKit

/// Reads pipeline files.
///
/// A file holds one pipeline object, `{"pipelines": […]}`, or a Kafka Connect connector configuration (JSON, or Java
/// properties when its name ends in `.properties`). A name of a transform or connector loads the plugin it needs.
public struct PipelineLoader: Sendable {
    private let catalog: PluginCatalog
    private let flatDefaults: FlatDefaults

    /// Resolves names with `catalog`; flat configurations take what they do not say from `flatDefaults`.
    public init(catalog: PluginCatalog, flatDefaults: FlatDefaults = FlatDefaults()) {
        self.catalog = catalog
        self.flatDefaults = flatDefaults
    }

    /// Reads pipeline files, and the `*.json` files of directories in the order of their names, and checks everything in
    /// them.
    ///
    /// - Throws: Every problem at once.
    public func load(_ paths: [String]) throws(ConfigFailure) -> [PipelineConfig] {
        var findings = Findings()
        var variables = VariableResolver()
        var pipelines: [PipelineConfig] = []
        for file in files(paths, &findings) {
            guard let root = parse(file, &findings) else { continue }
            var expander = IncludeExpander(variables: variables)
            for node in expander.pipelines(of: root, &findings) {
                guard let pipeline = read(node, &variables, &findings) else { continue }
                refuseDuplicate(pipeline, among: pipelines, &findings)
                pipelines.append(pipeline)
            }
        }
        if !findings.isEmpty { throw findings.failure(hiding: variables.variables) }
        return pipelines
    }

    private func read(
        _ node: ConfigNode, _ variables: inout VariableResolver, _ findings: inout Findings
    ) -> PipelineConfig? {
        var found = Findings()
        let resolved = variables.resolve(node, &found)
        let flat = FlatConfig(resolved)?.pipeline(catalog, flatDefaults, &found)
        var reader = PipelineReader(catalog: catalog, variables: variables.variables, isFlat: flat != nil)
        let pipeline = reader.read(flat ?? resolved)
        found.append(reader.findings)
        findings.append(found)
        return found.isEmpty ? pipeline : nil
    }

    private func parse(_ file: String, _ findings: inout Findings) -> ConfigNode? {
        var files = ConfigFiles()
        do throws(ConfigProblem) { return try files.parsed(file) } catch {
            findings.add(error)
            return nil
        }
    }

    private func files(_ paths: [String], _ findings: inout Findings) -> [String] {
        paths.flatMap { path -> [String] in
            guard findings.noteUnlessReadable(path) else { return [] }
            guard let entries = FileTree.entries(of: path) else { return [path] }
            let files = entries.filter { $0.hasSuffix(".json") }.map { "\(path)/\($0)" }
            if files.isEmpty {
                findings.addEnvironmental("the directory has no *.json file", at: ConfigLocation(file: path))
            }
            return files
        }
    }

    private func refuseDuplicate(
        _ pipeline: PipelineConfig, among others: [PipelineConfig], _ findings: inout Findings
    ) {
        guard let other = others.first(where: { $0.name == pipeline.name }) else { return }
        findings.add(
            "the name \"\(pipeline.name)\" is taken by the pipeline at \(other.location); choose another",
            at: pipeline.location)
    }
}
