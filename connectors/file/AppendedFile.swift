import ConnectorKit
import Formats
import Glibc

/// A file that every task and other programs append to: what is written is there at once, in whole records.
final class AppendedFile: ClosableOutput {
    /// Another may have been stopped while it writes, so it is not waited for without end.
    private static let longestWait = Duration.seconds(1)

    let path: String
    var place: Int?
    var lastUse = 0
    private(set) var isUnsynced = false
    private let doubt: Doubt
    private var file: OpenFile?
    private var isRegular = true

    init(_ path: String, doubt: Doubt) {
        self.path = path
        self.doubt = doubt
    }

    func open() throws(FileFailure) {
        let opened = try OpenFile(appendingTo: path)
        isRegular = try opened.status().isRegular
        file = consume opened
    }

    func synchronize() throws(FileFailure) {
        guard isUnsynced else { return }
        if isRegular { try doubt.note { () throws(FileFailure) in try file?.synchronize() } }
        isUnsynced = false
    }

    func close() throws(FileFailure) {
        try synchronize()
        file = nil
    }

    /// Whether somebody has removed the file or put another in its place, as `logrotate` does.
    var isReplaced: Bool {
        guard isRegular, let own = try? file?.status() else { return false }
        return (try? FileSystem.status(of: path))?.identity != own.identity
    }

    /// Writes whole records; after a failure none of them is there, or nothing is written any more.
    ///
    /// - Parameter header: What an empty file begins with.
    func append(_ bytes: UnsafeRawBufferPointer, header: [UInt8]) throws(FileFailure) {
        try doubt.check()
        isUnsynced = true
        guard isRegular else { return try unsafe write(bytes) }
        let isLocked = try lock()
        defer { if isLocked { file?.unlock() } }
        let size = try file?.status().size ?? 0
        do throws(FileFailure) {
            if size == 0 { try write(header) } else if try !endsLine(at: size) { try write([UInt8(ascii: "\n")]) }
            try unsafe write(bytes)
        } catch {
            try doubt.note { () throws(FileFailure) in try file?.truncate(to: size) }
            throw error
        }
    }

    /// Whether the last line is whole: a writer that was killed may have left part of one, which is no part of a record.
    private func endsLine(at size: Int64) throws(FileFailure) -> Bool {
        guard let reader = try? OpenFile(reading: path) else { return true }
        var last: UInt8 = UInt8(ascii: "\n")
        do {
            _ = try unsafe withUnsafeMutableBytes(of: &last) { try unsafe reader.read(into: $0, at: size - 1) }
        } catch {
            throw error as? FileFailure ?? FileFailure("read", path, errno: EIO)
        }
        return last == UInt8(ascii: "\n")
    }

    private func write(_ bytes: [UInt8]) throws(FileFailure) {
        do {
            try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
        } catch {
            throw error as? FileFailure ?? FileFailure("write", path, errno: EIO)
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) { try unsafe file?.write(bytes) }

    /// False when another has held the file for too long, or the file system knows no locks.
    private func lock() throws(FileFailure) -> Bool {
        let end = WorkerClock.system.monotonic + Self.longestWait
        while try file?.tryLock() == false {
            if WorkerClock.system.monotonic >= end { return false }
            usleep(1000)
        }
        return true
    }
}
