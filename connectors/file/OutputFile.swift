import ConnectorKit
import Formats
import Glibc

/// One file being written under a temporary name.
///
/// Records go to memory first and can fail nothing; only ``drain()`` and what builds on it touch the disk, and a failed
/// call can be made again.
final class OutputFile {
    /// Bytes kept in memory before they are written.
    static let piece = 256 << 10

    /// What the state keeps of it.
    var entry: OutputEntry
    /// Whether the state names it.
    var isCommitted: Bool
    /// Records in it.
    private(set) var records: Int
    /// When its writing began, or went on after a restart.
    let begunAt: Duration
    private let compressor: Compressor
    private let compression: Compression
    private var file: OpenFile?
    private var unwritten: [UInt8] = []
    private var writtenBytes: Int64
    private var hasOpenMember = false
    private var needsSync = false

    /// - Parameter entry: Its names; the bytes and records in it when it goes on after a restart.
    init(
        _ entry: OutputEntry, compression: Compression, level: Int?, now: Duration
    ) throws(ConnectorError) {
        self.entry = entry
        self.compression = compression
        records = entry.records
        isCommitted = entry.bytes > 0
        writtenBytes = entry.bytes
        begunAt = now
        do throws(CodecError) {
            compressor = try Compressor(compression, level: level)
        } catch {
            throw .fatal("cannot compress \(entry.final): \(error)")
        }
    }

    /// Bytes on disk once everything is written, but for what the compressor holds.
    var bytes: Int64 { writtenBytes + Int64(unwritten.count) }
    /// Whether nothing was ever written to it.
    var isEmpty: Bool { bytes == 0 && !hasOpenMember }
    /// Whether enough waits to be written.
    var isDrainDue: Bool { unwritten.count >= Self.piece }
    /// Whether something is not on the disk for good.
    var isDirty: Bool { needsSync || hasOpenMember || !unwritten.isEmpty }
    /// Whether it has records beyond those that the state named when its writing began or went on.
    var hasNewRecords: Bool { records > entry.records }
    /// The same for the state, with what is on the disk.
    var currentEntry: OutputEntry { entry.with(bytes: writtenBytes, records: records) }

    /// Takes bytes that hold whole records.
    func append(_ bytes: UnsafeRawBufferPointer, records count: Int) throws(FileFailure) {
        records += count
        needsSync = true
        guard compression != .none else { return unsafe unwritten.append(contentsOf: bytes) }
        hasOpenMember = true
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
        guard hasOpenMember else { return }
        try unsafe compress(UnsafeRawBufferPointer(start: nil, count: 0), ending: .complete)
        hasOpenMember = false
    }

    /// Writes what waits. After a failure the file is as before.
    func drain() throws(FileFailure) {
        if unwritten.isEmpty { return }
        if file == nil { file = try open() }
        do {
            try unsafe unwritten.withUnsafeBytes { try unsafe file?.write($0) }
        } catch {
            try? file?.truncate(to: writtenBytes)
            throw error as? FileFailure ?? FileFailure("write", entry.temporary, errno: EIO)
        }
        writtenBytes += Int64(unwritten.count)
        unwritten.removeAll(keepingCapacity: true)
    }

    /// Writes what waits and makes it durable.
    func synchronize() throws(FileFailure) {
        try drain()
        guard needsSync else { return }
        try file?.synchronize()
        needsSync = false
    }

    /// Gives back the descriptor; writing again opens it anew.
    func close() { file = nil }

    private func open() throws(FileFailure) -> OpenFile {
        let file = try OpenFile(writing: entry.temporary, truncating: writtenBytes == 0)
        try file.truncate(to: writtenBytes)
        return file
    }

    private func compress(_ bytes: UnsafeRawBufferPointer, ending: Compressor.Ending) throws(FileFailure) {
        var rest = unsafe bytes
        do {
            while true {
                let step = try unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { room in
                    let step = try unsafe compressor.compress(rest, into: room, ending: ending)
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
