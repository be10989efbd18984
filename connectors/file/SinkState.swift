import ConnectorKit
import Formats
import Glibc

/// A file on its way to its name.
struct OutputEntry: Hashable {
    /// What its records have in common: the path with the file's number left open.
    let key: String
    /// The name it is written under.
    let temporary: String
    /// The time in its name; empty when there is none.
    let period: String
    /// The name it gets.
    var final: String
    /// Bytes in it that are durable.
    var bytes: Int64 = 0
    /// Records in them.
    var records = 0

    func renamedKey(_ key: String) -> OutputEntry {
        OutputEntry(key: key, temporary: temporary, period: period, final: final, bytes: bytes, records: records)
    }

    func with(bytes: Int64, records: Int) -> OutputEntry {
        var entry = self
        entry.bytes = bytes
        entry.records = records
        return entry
    }
}

/// What a task of the sink keeps beside its data: which bytes are committed, and the positions they reach.
struct SinkState: Equatable {
    /// A position as its two JSON texts.
    struct StoredPosition: Hashable {
        let partition: String
        let offset: String
    }

    /// The number of the next file.
    var sequence = 0
    /// Files that go on at their committed length.
    var open: [OutputEntry] = []
    /// Files that are whole and may still have to be renamed.
    var finished: [OutputEntry] = []
    /// What the committed data covers.
    var positions: [StoredPosition] = []

    init() {}

    /// Reads a state; nil when there is none.
    init?(at path: String) throws(ConnectorError) {
        var content: [UInt8] = []
        do {
            content = try FileSystem.content(of: path, limit: 1 << 30)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error.connectorError
        }
        guard let state = SinkState(json: String(decoding: content, as: UTF8.self)) else {
            throw .configuration(
                "\(path) is not the state of a file sink; restore it, or delete it to go on without what it says")
        }
        self = state
    }

    /// Replaces the state on disk.
    func write(to path: String) throws(FileFailure) {
        var text = json
        do {
            try text.withUTF8 { try unsafe FileSystem.replace(path, with: UnsafeRawBufferPointer($0)) }
        } catch {
            throw error as? FileFailure ?? FileFailure("write", path, errno: EIO)
        }
    }

    /// The positions by what is read.
    var offsets: [PositionFields: PositionFields] {
        get {
            let pairs = positions.compactMap { stored -> (PositionFields, PositionFields)? in
                guard let partition = PositionFields(json: stored.partition),
                    let offset = PositionFields(json: stored.offset)
                else { return nil }
                return (partition, offset)
            }
            return Dictionary(pairs, uniquingKeysWith: { $1 })
        }
        set {
            positions = newValue.map { StoredPosition(partition: $0.json, offset: $1.json) }
                .sorted { $0.partition < $1.partition }
        }
    }
}
