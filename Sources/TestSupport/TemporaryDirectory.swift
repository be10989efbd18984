import FoundationEssentials
import Glibc
import Synchronization

/// A directory of a test's own, deleted with everything in it when the last reference goes, or the process ends.
public final class TemporaryDirectory: Sendable {
    /// Its absolute path.
    public let path: String

    private static let all = Mutex<Set<String>>([])
    /// Servers that tests share are never released.
    private static let deletesAtEnd: Void = {
        atexit {
            for path in TemporaryDirectory.all.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
        }
    }()

    /// Makes an empty directory; without one the test cannot go on.
    public init() {
        path = "/tmp/sluice-test-\(UUID().uuidString)"
        _ = Self.deletesAtEnd
        Self.all.withLock { _ = $0.insert(path) }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        } catch {
            preconditionFailure("no temporary directory could be made: \(error)")
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        Self.all.withLock { _ = $0.remove(path) }
    }

    /// The path of a name in it.
    public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}
