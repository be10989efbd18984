internal import Glibc

/// Holds a file so that no second worker opens it; given up when the process ends, however it ends.
struct StateLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock beside `path`, or says which process has it.
    init(for path: String) throws(StateError) {
        let lockPath = path + ".lock"
        let descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StateError(
                kind: .unavailable, message: "cannot open \(lockPath): \(systemMessage(errno)); check state.path")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let owner = StateLock.owner(descriptor)
            close(descriptor)
            throw StateError(
                kind: .locked,
                message: "the state file \(path) is in use by another worker (pid \(owner)); stop it or give this one "
                    + "another state.path")
        }
        self.descriptor = descriptor
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    deinit {
        // Closing alone would leave it to a child process that is just being started and has the file open as well.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func owner(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        let digits = buffer.prefix(max(0, count)).prefix { $0 &- 0x30 < 10 }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }
}
