import ConnectorKit
import Formats

/// The records of a file, to be given out again and again.
struct Replay: ~Copyable {
    /// The most text a file may hold.
    static let maximumBytes = 1 << 30

    private let path: String
    private let bytes: [UInt8]
    private let rows: [Range<Int>]
    private let columns: [FieldName]
    private var json = JSONReader()
    private var row = CSVRow()

    /// Reads the whole file, decompressed when it is compressed.
    init(path: String) throws(ConnectorError) {
        let bytes = try Self.content(of: path)
        let isCSV = Self.isCSV(path)
        let rows = Self.rows(of: bytes, isCSV: isCSV)
        let columns =
            try isCSV ? rows.first.map { row throws(ConnectorError) in try Self.columns(of: bytes, row, path) } : nil
        guard rows.count > (columns == nil ? 0 : 1) else {
            throw .configuration("replay.path: \(path) holds no record")
        }
        self.path = path
        self.bytes = bytes
        self.rows = columns == nil ? rows : Array(rows.dropFirst())
        self.columns = columns ?? []
    }

    /// How many records the file holds.
    var count: Int { rows.count }

    /// Appends the records of these numbers; beyond the last comes the first again.
    mutating func append(_ indices: some Sequence<Int>, to batch: inout RecordBatch) throws {
        if columns.isEmpty { return try appendLines(indices, to: &batch) }
        for index in indices { try appendRow(rows[index % rows.count], to: &batch) }
    }

    private mutating func appendLines(_ indices: some Sequence<Int>, to batch: inout RecordBatch) throws {
        for index in indices {
            let row = rows[index % rows.count]
            let before = batch.count
            let text = try unsafe batch.appendText(minimum: row.count + 1) { room in
                unsafe bytes[row].withUnsafeBytes { unsafe room.copyMemory(from: $0) }
                return row.count
            }
            let read = try json.read(text, as: .single, firstLine: index % rows.count + 1, into: &batch)
            if read.rejected > 0 { batch.locateRejections(from: before, at: path) }
        }
    }

    private mutating func appendRow(_ range: Range<Int>, to batch: inout RecordBatch) throws {
        try unsafe bytes[range].withUnsafeBytes { text in
            try unsafe row.read(text)
            try batch.append { object in
                for (index, name) in columns.enumerated() where index < row.count {
                    unsafe row.withField(index, of: text) { unsafe object.add(name, text: $0) }
                }
            }
        }
    }

    private static func isCSV(_ path: String) -> Bool {
        [".csv", ".csv.gz", ".csv.zst"].contains { path.lowercased().hasSuffix($0) }
    }

    private static func content(of path: String) throws(ConnectorError) -> [UInt8] {
        do {
            let content = try FileSystem.content(of: path, limit: maximumBytes)
            let compression = unsafe content.withUnsafeBytes { unsafe Compression(magic: $0) }
            guard compression != .none else { return content }
            return try decompress(content, compression)
        } catch {
            throw (error as? FileFailure)?.connectorError ?? .configuration("replay.path: \(path): \(error)")
        }
    }

    private static func decompress(_ content: [UInt8], _ compression: Compression) throws -> [UInt8] {
        var decompressor = try Decompressor(compression)
        var (text, used) = ([UInt8](), 0)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { unsafe room.deallocate() }
        while text.count <= maximumBytes {
            let step = try unsafe content[used...].withUnsafeBytes {
                try unsafe decompressor.decompress($0, into: room)
            }
            used += step.consumed
            unsafe text += room[..<step.produced]
            if step.consumed == 0 && step.produced == 0 { break }
        }
        try decompressor.finish()
        return text
    }

    private static func rows(of bytes: [UInt8], isCSV: Bool) -> [Range<Int>] {
        unsafe bytes.withUnsafeBytes { text in
            var csv = CSVSplitter(maximumRowBytes: maximumBytes)
            var lines = LineSplitter(maximumLineBytes: maximumBytes)
            var (rows, at) = ([Range<Int>](), 0)
            while true {
                let step =
                    unsafe isCSV
                    ? csv.next(in: text, from: at, atEnd: true) : lines.next(in: text, from: at, atEnd: true)
                guard case .frame(let content, _, let next) = step else { return rows }
                at = next
                if unsafe text[content].contains(where: { $0 > 0x20 }) { rows.append(content) }
            }
        }
    }

    private static func columns(
        of bytes: [UInt8], _ header: Range<Int>, _ path: String
    ) throws(ConnectorError) -> [FieldName] {
        var row = CSVRow()
        do {
            return try unsafe bytes[header].withUnsafeBytes { text in
                try unsafe row.read(text)
                return (0..<row.count).map { index in
                    FieldName(
                        interning: unsafe row.withField(index, of: text) { unsafe String(decoding: $0, as: UTF8.self) })
                }
            }
        } catch {
            throw .configuration("replay.path: \(path): the header row cannot be read: \(error)")
        }
    }
}
