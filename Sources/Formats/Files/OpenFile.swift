import Glibc

/// Sole owner of one file descriptor, closed with it.
///
/// Calls interrupted by a signal are repeated. Not for two threads at once.
public struct OpenFile: ~Copyable {
    /// What distinguishes a file from every other, whatever its name.
    public struct Identity: Sendable, Hashable {
        /// The device that holds it.
        public let device: UInt64
        /// Its number there.
        public let inode: UInt64

        /// Names a file.
        public init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    /// What a name leads to.
    public enum Kind: String, Sendable {
        /// One with a length and positions.
        case regular = "a regular file"
        /// A folder.
        case directory = "a directory"
        /// A named pipe, or an end of one without a name.
        case pipe = "a named pipe"
        /// A socket.
        case socket = "a socket"
        /// A character or block device.
        case device = "a device"
    }

    /// What the system knows of a file.
    public struct Status: Sendable, Hashable {
        /// Which file it is.
        public let identity: Identity
        /// Its length in bytes.
        public let size: Int64
        /// What it is.
        public let kind: Kind
        /// When its content last changed: nanoseconds since 1970, by the clock of its file system.
        public let modified: Int64
        /// How many names it has; 0 once it is deleted.
        public let links: Int

        /// Whether it is a directory.
        public var isDirectory: Bool { kind == .directory }
        /// Whether it is a regular file: one with a length and positions.
        public var isRegular: Bool { kind == .regular }
    }

    /// The name it was opened by, for messages.
    public let path: String
    private let descriptor: Int32

    private init(_ path: String, _ operation: String, flags: Int32, mode: mode_t = 0o644) throws(FileFailure) {
        self.path = path
        descriptor = try FileSystem.checked(operation, path) { unsafe Glibc.open(path, flags | O_CLOEXEC, mode) }
    }

    deinit { close(descriptor) }

    /// Opens a file to read it.
    public init(reading path: String) throws(FileFailure) { try self.init(path, "open", flags: O_RDONLY) }

    /// Opens a file to read it and never waits, as for the writer of a pipe; reads of a pipe do not wait either, and fail
    /// with `EAGAIN` while it is empty.
    /// - Parameter keepsOpen: Whether a pipe is also held for writing, so that it does not end with its last writer.
    public init(readingWithoutWait path: String, keepsOpen: Bool = false) throws(FileFailure) {
        try self.init(path, "open", flags: (keepsOpen ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY)
    }

    /// Another descriptor of the same open file, such as the standard input (0).
    public init(duplicating descriptor: Int32, path: String) throws(FileFailure) {
        self.path = path
        self.descriptor = try FileSystem.checked("open", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
    }

    /// Opens a file to write it, made if it is missing (mode 0644 less the umask), emptied if `truncating`.
    public init(writing path: String, truncating: Bool) throws(FileFailure) {
        try self.init(path, "create", flags: O_WRONLY | O_CREAT | (truncating ? O_TRUNC : 0))
    }

    /// Opens a file that is there to write on at its end; nothing is made.
    public init(continuing path: String) throws(FileFailure) { try self.init(path, "open", flags: O_WRONLY) }

    /// Opens a file that others write as well, made if it is missing: every write goes behind what is in it.
    public init(appendingTo path: String) throws(FileFailure) {
        try self.init(path, "open", flags: O_WRONLY | O_CREAT | O_APPEND)
    }

    /// Identity and length.
    public func status() throws(FileFailure) -> Status {
        var info = stat()
        _ = try FileSystem.checked("look at", path) { unsafe fstat(descriptor, &info) }
        return Status(info)
    }

    /// Reads at the current place; 0 at the end of the file.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileFailure) -> Int {
        try FileSystem.checked("read", path) { unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    /// Reads at `offset` and leaves the current place alone; 0 at the end of the file.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileFailure) -> Int {
        try FileSystem.checked("read", path) { unsafe pread(descriptor, buffer.baseAddress, buffer.count, Int(offset)) }
    }

    /// Writes all bytes at the current place. After a failure some of them may be in the file.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = try unsafe writeSome(rest)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Whether something can be read, or the end was reached, within the time.
    public func canBeRead(within milliseconds: Int32) -> Bool {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&wait, 1, milliseconds) > 0
    }

    /// Writes some of the bytes, at least one, and says how many.
    public func writeSome(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int {
        try FileSystem.checked("write", path) { unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
    }

    /// Keeps other programs that ask for it from the file (`flock`); false when one has it.
    public func tryLock() throws(FileFailure) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK || errno == EINTR { return false }
        throw FileFailure("lock", path, errno: errno)
    }

    /// Gives up what ``tryLock()`` has taken.
    public func unlock() { flock(descriptor, LOCK_UN) }

    /// Goes to a place counted from the beginning.
    public func seek(to offset: Int64) throws(FileFailure) {
        _ = try FileSystem.checked("seek in", path) { lseek(descriptor, Int(offset), SEEK_SET) }
    }

    /// Cuts the file off at `size` and goes there.
    public func truncate(to size: Int64) throws(FileFailure) {
        _ = try FileSystem.checked("truncate", path) { ftruncate(descriptor, Int(size)) }
        try seek(to: size)
    }

    /// Waits until everything written is on the disk.
    ///
    /// A failure is final: the system forgets what it could not write, so that a second call may succeed although it is
    /// lost. Write it again.
    public func synchronize() throws(FileFailure) {
        _ = try FileSystem.checked("sync", path) { fsync(descriptor) }
    }
}

extension OpenFile.Status {
    init(_ info: stat) {
        identity = OpenFile.Identity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
        size = Int64(info.st_size)
        modified = Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
        links = Int(info.st_nlink)
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            case S_IFREG: .regular
            default: .device
            }
    }
}
