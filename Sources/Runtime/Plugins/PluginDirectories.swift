internal import Glibc

/// The directories that plugins are looked for in.
struct PluginDirectories: Sendable {
    private static let prefix = "libsluice-"
    private static let suffix = ".so"

    /// In the order of the search, each once.
    let paths: [String]

    /// Searches `given` first, then `standard`.
    init(_ given: [String], standard: [String] = PluginDirectories.standard) {
        var seen: Set<String> = []
        paths = (given + standard).filter { seen.insert(FileTree.resolved($0)).inserted }
    }

    /// The executable's own directory, and `lib/sluice` beside it.
    static var standard: [String] {
        guard let executable = FileTree.executable else { return [] }
        let directory = parent(executable)
        return [directory, parent(directory) + "/lib/sluice"]
    }

    /// The directories for a message, with a word on those that are missing.
    var description: String {
        paths.map { isDirectory($0) ? $0 : "\($0) (which does not exist)" }.joined(separator: ", ")
    }

    /// The libraries that are named after a connector; more than one is a conflict.
    func libraries(named name: String) -> [String] {
        guard !name.contains("/") else { return [] }
        return unique(candidates { _ in [Self.prefix + name + Self.suffix] })
    }

    /// Every library that is named like a plugin.
    func allLibraries() -> [String] { unique(candidates { entries($0).filter(Self.isPlugin) }) }

    /// The name of a connector after which a library is named.
    static func connectorName(_ library: String) -> String {
        String(library.split(separator: "/").last?.dropFirst(prefix.count).dropLast(suffix.count) ?? "")
    }

    private static func isPlugin(_ file: String) -> Bool { file.hasPrefix(prefix) && file.hasSuffix(suffix) }

    /// The files that exist among `names` of each directory and of those one level down.
    private func candidates(_ names: (String) -> [String]) -> [String] {
        paths.flatMap { path in
            ([path] + entries(path).map { "\(path)/\($0)" }.filter(isDirectory)).flatMap { directory in
                names(directory).map { "\(directory)/\($0)" }.filter { unsafe access($0, F_OK) == 0 }
            }
        }
    }

    private func entries(_ directory: String) -> [String] {
        FileTree.entries(of: directory) ?? []
    }

    private func unique(_ files: [String]) -> [String] {
        var seen: Set<String> = []
        return files.filter { seen.insert(FileTree.resolved($0)).inserted }
    }
}

private func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}

private func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
