public import Foundation

/// A temporary folder in which one test runs pipelines, gone with the object.
public final class Workplace {
    /// Where it is.
    public let folder: URL

    /// Makes it, empty.
    public init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Makes a file of a text.
    public func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    /// Runs `sluice` in it to its end.
    public func run(_ arguments: [String], environment: [String: String] = [:]) throws -> SluiceProcess.Result {
        try SluiceProcess.run(arguments, in: folder, environment: environment)
    }

    /// Starts `sluice` in it.
    public func start(_ arguments: [String], environment: [String: String] = [:]) throws -> SluiceProcess {
        try SluiceProcess(arguments, in: folder, environment: environment)
    }

    /// The lines of every visible file below a folder, files in name order.
    public func lines(below name: String) throws -> [String] {
        let root = folder.appendingPathComponent(name)
        guard let paths = FileManager.default.enumerator(atPath: root.path) else { return [] }
        let files = paths.compactMap { $0 as? String }.filter { path in
            !path.split(separator: "/").contains { $0.hasPrefix(".") }
        }
        return try files.sorted().flatMap { path -> [String] in
            let file = root.appendingPathComponent(path)
            var isFolder: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue
            else {
                return []
            }
            return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    /// Whether a file sink is writing there.
    public func hasUnfinishedFile(in name: String) -> Bool {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(name).path)
        return names?.contains { $0.hasSuffix(".part") } == true
    }

    /// The lines of one file.
    public func lines(in name: String) throws -> [String] {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8).split(separator: "\n").map(
            String.init)
    }

    /// The lines of every visible file below a folder, as JSON objects.
    public func records(below name: String) throws -> [[String: Any]] {
        try lines(below: name).map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return value as? [String: Any] ?? [:]
        }
    }
}
