import ConnectorKit
import Formats
import Glibc

/// Which files a `path` setting names.
struct FileList {
    let paths: [String]
    /// Whether a name or pattern that finds nothing is waited for.
    let mayBeMissing: Bool

    /// Absolute paths, each once, sorted within each part of the setting.
    func files() throws(ConnectorError) -> [String] {
        var files: [String] = []
        var seen: Set<String> = []
        for path in paths {
            for file in try found(Self.absolute(path)) where seen.insert(file).inserted { files.append(file) }
        }
        return files
    }

    private func found(_ path: String) throws(ConnectorError) -> [String] {
        do throws(FileFailure) {
            let status = try FileSystem.status(of: path)
            return status.isDirectory ? try readable(in: path) : [try checked(path)]
        } catch {
            guard error.errno == ENOENT else { throw error.connectorError }
            if Self.isPattern(path) { return try matches(path) }
            if mayBeMissing { return [] }
            throw error.connectorError
        }
    }

    private func readable(in directory: String) throws(FileFailure) -> [String] {
        var files: [String] = []
        for name in try FileSystem.names(in: directory) where !name.hasPrefix(".") {
            let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
            if let status = try? FileSystem.status(of: path), status.isRegular { files.append(try checked(path)) }
        }
        return files
    }

    private func matches(_ pattern: String) throws(ConnectorError) -> [String] {
        let paths = Self.expand(pattern)
        if paths.isEmpty && !mayBeMissing {
            throw .configuration("no file matches \(pattern); correct the pattern, or set follow to wait for one")
        }
        do throws(FileFailure) {
            var files: [String] = []
            for path in paths where !((try? FileSystem.status(of: path))?.isDirectory ?? true) {
                files.append(try checked(path))
            }
            return files
        } catch {
            throw error.connectorError
        }
    }

    /// The path, if this process may read it.
    private func checked(_ path: String) throws(FileFailure) -> String {
        guard unsafe access(path, R_OK) != 0 else { return path }
        throw FileFailure("open", path, errno: errno)
    }

    private static func isPattern(_ path: String) -> Bool { path.contains { "*?[".contains($0) } }

    private static func expand(_ pattern: String) -> [String] {
        var result = unsafe glob_t()
        defer { unsafe globfree(&result) }
        guard unsafe glob(pattern, GLOB_ERR, nil, &result) == 0 else { return [] }
        return unsafe (0..<Int(result.gl_pathc)).compactMap { index in
            unsafe result.gl_pathv[index].map { unsafe String(cString: $0) }
        }
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        guard let directory = unsafe getcwd(nil, 0) else { return relative }
        defer { unsafe free(directory) }
        return unsafe "\(String(cString: directory))/\(relative)"
    }
}

/// A task's share of files that come and go: every task gives a path the same owner, whenever it sees it.
func ownsPath(_ path: String, _ task: TaskSlot) -> Bool {
    Int(FNV1a.hash(of: path.utf8) % UInt64(task.count)) == task.index
}

/// The 64-bit hash FNV-1a: small, stable between runs, not for secrets.
enum FNV1a {
    static func hash(of bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
