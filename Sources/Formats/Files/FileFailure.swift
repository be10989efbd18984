public import ConnectorKit
import Glibc

/// A file operation the system refused.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was attempted, as a verb: `open`, `write`, `rename`.
    public let operation: String
    /// On which file or directory.
    public let path: String
    /// The system's reason.
    public let errno: Int32

    /// Describes a failed call; `errno` is that of the call.
    public init(_ operation: String, _ path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// One sentence: what, where, why, what to do.
    public var description: String {
        let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        return "cannot \(operation) \(path): \(reason)\(remedy.map { "; \($0)" } ?? "")"
    }

    /// The same as a connector's failure: a full disk may be emptied (retriable), a missing path or permission is a
    /// configuration error, anything else is fatal.
    public var connectorError: ConnectorError {
        let kind: ConnectorError.Kind =
            switch errno {
            case ENOSPC, EDQUOT, EMFILE, ENFILE, EINTR, EAGAIN: .retriable
            case EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP: .configuration
            default: .fatal
            }
        return ConnectorError(kind, description, native: "errno \(errno)")
    }

    private var remedy: String? {
        switch errno {
        case ENOSPC: "free space on that file system"
        case EDQUOT: "free space or raise the disk quota of this user"
        case EACCES, EPERM: "let the user this worker runs as use it, or name another path"
        case EROFS: "the file system is mounted read-only: name a path on another one"
        case ENOENT: "create it or correct the path"
        case ENOTDIR: "a part of the path is a file: correct the path"
        case EISDIR: "it is a directory: name a file in it"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENAMETOOLONG: "choose a shorter name"
        default: nil
        }
    }
}
