import ConnectorKit
import Formats
import Glibc

/// One file on its way from its first to its last frame; with `follow`, every file that ever has its name.
final class FileReading {
    /// What a call of ``read(_:_:)`` came to.
    enum Outcome {
        /// Something was read or passed over.
        case progressed
        /// Nothing more for now.
        case waiting
        /// Nothing more at all.
        case finished
    }

    /// The absolute path, which names the partition.
    let path: String
    let config: SourceConfig
    let format: SourceFormat
    let log: Log
    var reader: FrameReader?
    var identity: OpenFile.Identity?
    var columns: CSVColumns
    /// Whether another file has the name by now, so that the open one grows no more.
    var isReplaced = false
    private var stored: PositionFields?
    private var fingerprint: Fingerprint?
    private var isDone = false
    private var closedBytes: Int64 = 0

    /// - Parameter stored: The offset to go on from; nil begins at the beginning.
    init(path: String, config: SourceConfig, stored: PositionFields?, log: Log) throws(ConnectorError) {
        self.path = path
        self.config = config
        self.stored = stored
        self.log = log.with(("file", path))
        format = try config.format(of: path)
        columns = CSVColumns(config.columns)
    }

    /// Bytes of the open file that are used.
    var diskBytes: Int64 { reader?.input.diskBytes ?? closedBytes }

    /// Whether the end of the file ends its last frame: not while it may grow.
    private var endsHere: Bool { isReplaced || !config.follow || reader?.input.compression != Compression.none }

    /// Appends the next records, at most one batch of them, and marks how far they reach.
    func read(_ batch: inout RecordBatch, _ maker: inout RecordMaker) throws -> Outcome {
        if isDone { return .finished }
        guard try isOpen() else { return .waiting }
        let before = batch.count
        do {
            let isAtEnd = try readPiece(&batch, &maker)
            try mark(&batch)
            return isAtEnd ? try reachedEnd(&batch, &maker, hasRead: batch.count > before) : .progressed
        } catch let error as CodecError {
            try giveUp(&batch, because: error)
            return .progressed
        }
    }

    private func isOpen() throws -> Bool {
        if reader != nil { return true }
        do {
            try open(at: stored)
            stored = nil
            return true
        } catch let error as FileFailure {
            if config.follow && error.errno == ENOENT { return false }
            throw error.connectorError
        }
    }

    private func readPiece(_ batch: inout RecordBatch, _ maker: inout RecordMaker) throws -> Bool {
        guard let reader else { return true }
        if try unsafe !reader.isInPlace(scratch: maker.scratch.all) { return false }
        return try maker.read(reader, self, endsHere: endsHere, into: &batch)
    }

    /// Everything up to the last record given out.
    private func mark(_ batch: inout RecordBatch) throws(FileFailure) {
        guard batch.count > 0, let place = reader?.place, let identity else { return }
        var offset: [String: PositionValue] = [
            "bytes": .int(place.bytes), "lines": .int(Int64(place.lines)),
            "inode": .int(Int64(bitPattern: identity.inode)),
        ]
        if place.json != .start { offset["json"] = .string(place.json.rawValue) }
        if let fingerprint = try currentFingerprint() { offset["fingerprint"] = .string(fingerprint.text) }
        batch.mark(Position(partition: ["file": .string(path)], offset: PositionFields(offset)))
    }

    private func currentFingerprint() throws(FileFailure) -> Fingerprint? {
        if fingerprint?.isComplete != true { fingerprint = try reader?.fingerprint() }
        return fingerprint
    }

    private func reachedEnd(
        _ batch: inout RecordBatch, _ maker: inout RecordMaker, hasRead: Bool
    ) throws -> Outcome {
        if endsHere {
            if reader?.isInsideArray == true {
                try rejectRest(&batch, "the file ends inside an array: its ] is missing")
            }
            isDone = !isReplaced
            close()
            return .progressed
        }
        if hasRead { return .progressed }
        return try hasChanged() ? .progressed : .waiting
    }

    /// Looks at what has the name now; true when there is something to read.
    private func hasChanged() throws -> Bool {
        do throws(FileFailure) {
            let status = try FileSystem.status(of: path)
            if status.identity != identity {
                log.info("Another file has the name: the rest of the old one is read first")
                isReplaced = true
                return true
            }
            guard status.size < diskBytes else { return false }
            log.warning("The file was cut off: it is read from its beginning")
            close()
            return true
        } catch {
            if error.errno == ENOENT { return false }
            throw error.connectorError
        }
    }

    private func close() {
        closedBytes = diskBytes
        reader = nil
        fingerprint = nil
        isReplaced = false
    }

    private func giveUp(_ batch: inout RecordBatch, because error: CodecError) throws {
        try rejectRest(&batch, "\(error)")
        close()
        isDone = true
    }

    private func rejectRest(_ batch: inout RecordBatch, _ why: String) throws {
        let rest = reader?.unfinished ?? []
        let line = (reader?.place.lines ?? 0) + 1
        try unsafe rest.withUnsafeBytes { try unsafe batch.appendRejected($0, .rejected("\(path):\(line): \(why)")) }
        try mark(&batch)
    }
}
