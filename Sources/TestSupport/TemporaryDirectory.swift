import FoundationEssentials

/// A directory of a test's own, deleted with everything in it when the last reference goes.
public final class TemporaryDirectory: Sendable {
    /// Its absolute path.
    public let path: String

    /// Makes an empty directory; without one the test cannot go on.
    public init() {
        path = "/tmp/sluice-test-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        } catch {
            preconditionFailure("no temporary directory could be made: \(error)")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a name in it.
    public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}
