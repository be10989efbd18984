import ConnectorKit
import Formats
import Glibc

/// Holds what an owner has under its name, so that others know that it lives; given up when the process ends, however it
/// ends.
struct SinkLock: ~Copyable {
    /// Those who only look whether it is free hold it for less.
    private static let longestLook = Duration.seconds(1)

    private let descriptor: Int32
    private let path: String

    /// Takes the lock; nil when another has it.
    private init?(free path: String) throws(FileFailure) {
        self.path = path
        guard var descriptor = try Self.locked(path) else { return nil }
        // The last owner may have deleted the file between opening and locking: then it keeps nobody out.
        while !Self.isStill(descriptor, at: path) {
            close(descriptor)
            guard let next = try Self.locked(path) else { return nil }
            descriptor = next
        }
        self.descriptor = descriptor
    }

    /// Takes the lock of an owner.
    init(_ names: SinkNames, _ owner: String) throws(ConnectorError) {
        let path = names.lock(of: owner)
        let end = WorkerClock.system.monotonic + Self.longestLook
        do throws(FileFailure) {
            while true {
                if let lock = try SinkLock(free: path) {
                    self = lock
                    return
                }
                if WorkerClock.system.monotonic >= end { break }
                usleep(1000)
            }
        } catch {
            throw error.connectorError
        }
        throw .configuration(
            "another worker runs this pipeline and writes below \(names.directory) (it holds \(path)); stop it, or give one "
                + "of them another pipeline name or path")
    }

    deinit { close(descriptor) }

    /// Gives the name up and leaves no file behind.
    consuming func release() { _ = unsafe unlink(path) }

    /// Whether nobody holds the name of an owner any more; then no file of the lock is left either.
    static func isFree(_ names: SinkNames, _ owner: String) throws(FileFailure) -> Bool {
        guard let lock = try SinkLock(free: names.lock(of: owner)) else { return false }
        lock.release()
        return true
    }

    private static func locked(_ path: String) throws(FileFailure) -> Int32? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFailure("open", path, errno: errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        let reason = errno
        close(descriptor)
        if reason == EWOULDBLOCK || reason == EINTR { return nil }
        // A file system without locks, as some NFS servers': nobody is known to hold it, nor to have let go of it.
        throw FileFailure("lock", path, errno: reason)
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var (held, named) = (stat(), stat())
        return unsafe fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
    }
}

/// A lock for a short while that others are waited for only so long: they may have been stopped in the middle.
enum BriefLock {
    private static let pause: UInt32 = 1000

    /// Does something with the lock on a file, or without it after `limit`.
    static func hold<Result>(
        _ path: String, atMost limit: Duration, _ body: () throws(ConnectorError) -> Result
    ) throws(ConnectorError) -> Result {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(descriptor) }
        let end = WorkerClock.system.monotonic + limit
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK, WorkerClock.system.monotonic < end {
            usleep(pause)
        }
        return try body()
    }
}
