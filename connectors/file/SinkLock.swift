import ConnectorKit
import Formats
import Glibc

/// Holds the names of a sink's task, so that no second sink, pipeline or worker writes the same hidden files; given up
/// when the process ends, however it ends.
struct SinkLock: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init(_ names: SinkNames) throws(ConnectorError) {
        path = names.lock
        var descriptor = try Self.locked(names)
        // The last owner may have deleted the file between opening and locking: then it keeps nobody out.
        while !Self.isStill(descriptor, at: names.lock) {
            close(descriptor)
            descriptor = try Self.locked(names)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Gives the names up and leaves no file behind.
    consuming func release() { _ = unsafe unlink(path) }

    private static func locked(_ names: SinkNames) throws(ConnectorError) -> Int32 {
        let descriptor = unsafe open(names.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFailure("open", names.lock, errno: errno).connectorError }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        close(descriptor)
        throw .configuration(
            "another worker runs this pipeline and writes below \(names.directory) (it holds \(names.lock)); stop it, or "
                + "give one of them another pipeline name or path")
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var (held, named) = (stat(), stat())
        return unsafe fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
    }
}
