internal import Glibc

/// Holds the state file itself, by whatever name, so that no second worker opens it; given up when the process ends, however
/// it ends.
///
/// The descriptor stays open for as long as the worker uses the file: closing any descriptor of it drops SQLite's own locks.
struct StateLock: ~Copyable {
    private let descriptor: Int32

    /// Makes the file when it is missing, readable for this user alone, and takes it, or says which process has it.
    init(for path: String) throws(StateError) {
        let isShared = Self.isShared(folderOf: path)
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (isShared ? O_NOFOLLOW : 0)
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw Self.unavailable(path, errno, isShared: isShared) }
        if let fault = Self.fault(of: descriptor, isShared: isShared) {
            close(descriptor)
            throw StateError(kind: .unavailable, message: "the state file \(path) \(fault); check state.path")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            close(descriptor)
            throw StateError(
                kind: .locked,
                message: "the state file \(path) is in use by another worker (pid \(Self.owner(of: path))); stop it or "
                    + "give this one another state.path")
        }
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone would leave it to a child process that is just being started and has the file open as well.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Whether others may put files, and links, into the folder.
    private static func isShared(folderOf path: String) -> Bool {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
        var info = stat()
        return unsafe stat(folder, &info) == 0 && info.st_mode & (S_IWGRP | S_IWOTH) != 0
    }

    private static func fault(of descriptor: Int32, isShared: Bool) -> String? {
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { return "cannot be looked at: \(systemMessage(errno))" }
        if info.st_mode & S_IFMT != S_IFREG { return "is not a regular file" }
        if isShared && info.st_uid != geteuid() {
            return "belongs to another user, in a folder that others can write"
        }
        return nil
    }

    private static func unavailable(_ path: String, _ code: Int32, isShared: Bool) -> StateError {
        let reason =
            code == ELOOP && isShared
            ? "it is a symbolic link, in a folder that others can write" : systemMessage(code)
        return StateError(
            kind: .unavailable, message: "cannot open the state file \(path): \(reason); check state.path")
    }

    private static func owner(of path: String) -> String {
        guard let database = try? SQLiteDatabase(path: path, isReadOnly: true) else { return "unknown" }
        return (try? database.rows("SELECT value FROM sluice WHERE name = 'pid'"))?.first?.first ?? "unknown"
    }
}
