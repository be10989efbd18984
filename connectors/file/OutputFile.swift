import ConnectorKit
import Formats
import Glibc

/// One file being written under a temporary name.
///
/// Records go to memory first and can fail nothing; only ``drain(keepingRoom:)`` and what builds on it touch the disk. A failed write
/// can be made again; one that could not be taken back, and a failed fsync, cannot (``Doubt``).
final class OutputFile: ClosableOutput {
    /// Bytes kept in memory before they are written.
    static let piece = 256 << 10
    /// Memory kept for the next bytes by a file that is written seldom.
    private static let smallPiece = 16 << 10

    /// What the state keeps of it.
    var entry: OutputEntry
    /// Whether the state names it.
    var isCommitted: Bool
    /// Records in it.
    private(set) var records: Int
    /// When its writing began, or went on after a restart.
    let begunAt: Duration
    var place: Int?
    var lastUse = 0
    private(set) var isUnsynced = false
    private let compressors: CompressorPool
    private let doubt: Doubt
    private var member: CompressorPool.Lent?
    private var file: OpenFile?
    private var unwritten: [UInt8] = []
    private var writtenBytes: Int64

    /// - Parameter entry: Its names; the bytes and records in it when it goes on after a restart.
    init(_ entry: OutputEntry, compressors: CompressorPool, doubt: Doubt, now: Duration) {
        self.entry = entry
        self.compressors = compressors
        self.doubt = doubt
        records = entry.records
        isCommitted = entry.bytes > 0
        writtenBytes = entry.bytes
        begunAt = now
    }

    /// Bytes on disk once everything is written, but for what the compressor holds.
    var bytes: Int64 { writtenBytes + Int64(unwritten.count) }
    /// Bytes that wait in memory.
    var waiting: Int { unwritten.count }
    /// Whether nothing was ever written to it.
    var isEmpty: Bool { bytes == 0 && member == nil }
    /// Whether it is not on the disk yet at all.
    var isUnmade: Bool { writtenBytes == 0 && !isUnsynced }
    /// Whether a gzip member or zstd frame is open.
    var hasOpenMember: Bool { member != nil }
    /// Whether something is not on the disk for good.
    var isDirty: Bool { isUnsynced || hasOpenMember || !unwritten.isEmpty }
    /// Whether it has records beyond those that the state named when its writing began or went on.
    var hasNewRecords: Bool { records > entry.records }
    /// The same for the state, with what is on the disk.
    var currentEntry: OutputEntry { entry.with(bytes: writtenBytes, records: records) }
    /// The folder it is written in.
    var folder: String { FileSystem.parent(of: entry.temporary) }

    /// Takes bytes that hold whole records.
    func append(_ bytes: UnsafeRawBufferPointer, records count: Int) throws(FileFailure) {
        records += count
        guard compressors.compression != .none else { return unsafe unwritten.append(contentsOf: bytes) }
        try unsafe compress(bytes, ending: .open)
    }

    /// Takes bytes between or behind records.
    func append(_ bytes: [UInt8]) throws(FileFailure) {
        do {
            try unsafe bytes.withUnsafeBytes { try unsafe append($0, records: 0) }
        } catch {
            throw error as? FileFailure ?? FileFailure("write", entry.temporary, errno: EIO)
        }
    }

    /// Ends the gzip member or zstd frame, so that the file can be cut off behind it.
    func endMember() throws(FileFailure) {
        guard let ended = member else { return }
        try unsafe compress(UnsafeRawBufferPointer(start: nil, count: 0), ending: .complete)
        member = nil
        compressors.giveBack(ended)
    }

    /// Opens it: a new one, or at the place where it was closed.
    func open() throws(FileFailure) {
        guard file == nil else { return }
        guard writtenBytes > 0 else {
            file = try OpenFile(writing: entry.temporary, truncating: true)
            isUnsynced = true
            return
        }
        let old = try OpenFile(continuing: entry.temporary)
        guard try old.status().size >= writtenBytes else {
            throw FileFailure("find all bytes of", entry.temporary, errno: ENODATA)
        }
        try old.truncate(to: writtenBytes)
        file = consume old
    }

    /// Writes what waits; it must be open. After a failure the file is as before, or nothing is written any more.
    ///
    /// - Parameter keepingRoom: Whether the memory is kept for the next bytes, however much it is.
    func drain(keepingRoom: Bool) throws(FileFailure) {
        if unwritten.isEmpty { return }
        try doubt.check()
        do {
            isUnsynced = true
            try unsafe unwritten.withUnsafeBytes { try unsafe file?.write($0) }
        } catch {
            try doubt.note { () throws(FileFailure) in try file?.truncate(to: writtenBytes) }
            throw error as? FileFailure ?? FileFailure("write", entry.temporary, errno: EIO)
        }
        writtenBytes += Int64(unwritten.count)
        unwritten.removeAll(keepingCapacity: keepingRoom || unwritten.capacity <= Self.smallPiece)
    }

    /// Makes durable what was written.
    func synchronize() throws(FileFailure) {
        guard isUnsynced else { return }
        try doubt.note { () throws(FileFailure) in try file?.synchronize() }
        isUnsynced = false
    }

    /// Makes durable what was written and gives back the descriptor; writing again opens it anew.
    func close() throws(FileFailure) {
        try synchronize()
        file = nil
    }

    private func compress(_ bytes: UnsafeRawBufferPointer, ending: Compressor.Ending) throws(FileFailure) {
        var rest = unsafe bytes
        do {
            if member == nil { member = try compressors.take() }
            guard let open = member else { return }
            while true {
                let step = try unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { room in
                    let step = try unsafe open.compressor.compress(rest, into: room, ending: ending)
                    unsafe unwritten.append(contentsOf: room[..<step.produced])
                    return step
                }
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[step.consumed...])
                if step.isComplete { return }
            }
        } catch {
            throw FileFailure("compress", entry.final, errno: ENOMEM)
        }
    }
}
