public import ConnectorKit
internal import Synchronization

/// Finds what a pipeline names among the built-in plugins and the libraries on `plugin.path`.
///
/// The connector `NAME` is looked for in `libsluice-NAME.so`, and only if there is none, or for a transform or predicate
/// that is not built in, in all the other libraries. A library is loaded when it is first needed and never unloaded.
/// Safe from any thread; a call that loads blocks its thread for as long as the library takes, at most 5 s a library.
public final class PluginCatalog: Sendable {
    private struct State {
        var plugins: [InstalledPlugin]
        var failures: [String: PluginFailure] = [:]
    }

    private let directories: PluginDirectories
    private let probe: PluginProbe
    private let state: Mutex<State>

    /// Searches `directories` in order, then the executable's own directory and `../lib/sluice` beside it.
    public convenience init(directories: [String] = [], builtIn: [PluginManifest] = []) {
        self.init(PluginDirectories(directories), builtIn: builtIn, probe: PluginProbe())
    }

    init(_ directories: PluginDirectories, builtIn: [PluginManifest], probe: PluginProbe) {
        self.directories = directories
        self.probe = probe
        state = Mutex(State(plugins: builtIn.map { InstalledPlugin(file: nil, manifest: $0) }))
    }

    /// The source of this name.
    public func source(_ name: String) throws(PluginFailure) -> SourceDefinition {
        try find(.source, name) { $0.sources.first { $0.name == name } }
    }

    /// The sink of this name.
    public func sink(_ name: String) throws(PluginFailure) -> SinkDefinition {
        try find(.sink, name) { $0.sinks.first { $0.name == name } }
    }

    /// The transform of this name, without `$Key` or `$Value`.
    public func transform(_ name: String) throws(PluginFailure) -> TransformDefinition {
        try find(.transform, name) { $0.transforms.first { $0.name == name } }
    }

    /// The predicate of this name.
    public func predicate(_ name: String) throws(PluginFailure) -> PredicateDefinition {
        try find(.predicate, name) { $0.predicates.first { $0.name == name } }
    }

    /// Loads every library there is: what they offer, and a sentence for each that cannot be used.
    public func all() -> (plugins: [InstalledPlugin], failures: [PluginFailure]) {
        state.withLock { state in
            let failures = loadAll(&state)
            return (state.plugins, failures)
        }
    }

    func find<Definition: Sendable>(
        _ kind: PluginKind, _ name: String, in offered: (PluginManifest) -> Definition?
    ) throws(PluginFailure) -> Definition {
        try state.withLock { state throws(PluginFailure) in
            if let definition = first(offered, of: state.plugins) { return definition }
            if kind.namesLibrary, try loadLibrary(named: name, &state),
                let definition = first(offered, of: state.plugins)
            {
                return definition
            }
            let failures = loadAll(&state)
            if let definition = first(offered, of: state.plugins) { return definition }
            throw missing(kind, name, state.plugins, failures)
        }
    }

    private func first<Definition>(
        _ offered: (PluginManifest) -> Definition?, of plugins: [InstalledPlugin]
    ) -> Definition? {
        for plugin in plugins {
            if let definition = offered(plugin.manifest) { return definition }
        }
        return nil
    }

    /// Whether there is a library of this name.
    private func loadLibrary(named name: String, _ state: inout State) throws(PluginFailure) -> Bool {
        let files = directories.libraries(named: name)
        guard let file = files.first else { return false }
        if files.count > 1 {
            throw PluginFailure(
                "the connector \"\(name)\" is in two libraries, \(files[0]) and \(files[1]); remove one of them")
        }
        try load(file, &state)
        return true
    }

    private func loadAll(_ state: inout State) -> [PluginFailure] {
        var failures: [PluginFailure] = []
        for file in directories.allLibraries() {
            do throws(PluginFailure) { try load(file, &state) } catch { failures.append(error) }
        }
        return failures
    }

    private func load(_ file: String, _ state: inout State) throws(PluginFailure) {
        if let failure = state.failures[file] { throw failure }
        if state.plugins.contains(where: { $0.file == file }) { return }
        do throws(PluginFailure) {
            let plugin = InstalledPlugin(file: file, manifest: try PluginLibrary.load(file, probe: probe))
            try refuseDuplicates(plugin, among: state.plugins)
            state.plugins.append(plugin)
        } catch {
            state.failures[file] = error
            throw error
        }
    }

    func refuseDuplicates(_ plugin: InstalledPlugin, among others: [InstalledPlugin]) throws(PluginFailure) {
        for kind in PluginKind.allCases {
            for name in plugin.names(kind) {
                guard let other = others.first(where: { $0.names(kind).contains(name) }) else { continue }
                throw PluginFailure(
                    "the \(kind.rawValue) \"\(name)\" is offered by two plugins, \(other.origin) and \(plugin.origin); "
                        + "remove one of them")
            }
        }
    }

    private func missing(
        _ kind: PluginKind, _ name: String, _ plugins: [InstalledPlugin], _ failures: [PluginFailure]
    ) -> PluginFailure {
        let what = "no plugin offers the \(kind.rawValue) \"\(name)\""
        let also = failures.map { "; \($0.message)" }.joined()
        let known = plugins.flatMap { $0.names(kind) }
        if let hint = nearest(name, in: known) { return PluginFailure("\(what); did you mean \"\(hint)\"?") }
        if let other = PluginKind.allCases.first(where: { other in
            other != kind && plugins.contains { $0.names(other).contains(name) }
        }) {
            return PluginFailure("\(what), only a \(other.rawValue) of that name; there are: \(listed(known))")
        }
        guard kind.namesLibrary else { return PluginFailure("\(what); there are: \(listed(known))\(also)") }
        return PluginFailure(
            "\(what); put libsluice-\(name).so into one of the directories searched: \(directories.description)\(also)")
    }

    private func listed(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
    }
}
