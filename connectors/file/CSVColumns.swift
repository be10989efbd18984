import ConnectorKit
import Formats

/// The names of a CSV file's columns.
struct CSVColumns {
    /// The names as given; empty until they are known.
    let names: [String]
    /// The same, ready for building records.
    let fields: [FieldName]

    init(_ names: [String]) {
        self.names = names
        fields = names.map(FieldName.init(interning:))
    }

    /// Takes the names from a header row; a column without a name is called `column` and its number.
    init(header row: inout CSVRow, _ bytes: UnsafeRawBufferPointer, place: String) throws {
        do throws(CSVRow.Problem) {
            try unsafe row.read(bytes)
        } catch {
            throw ConnectorError.configuration("\(place): the header row cannot be read: \(error)")
        }
        let names = (0..<row.count).map { index in
            let name = unsafe row.withField(index, of: bytes) { unsafe String(decoding: $0, as: UTF8.self) }
            return name.isEmpty ? "column\(index + 1)" : name
        }
        if let twice = Set(names).first(where: { name in names.count { $0 == name } > 1 }) {
            throw ConnectorError.configuration(
                "\(place): the header row names the column \(twice) twice; rename one, or name all with csv.columns")
        }
        self.init(names)
    }

    /// Reads the header row of a file again, for a reader that goes on behind it.
    static func header(of path: String, _ config: SourceConfig) throws -> CSVColumns {
        let delimiter = config.delimiter(of: path)
        let splitter = FrameSplitter(
            .csv, delimiter: delimiter, maximumBytes: config.maximumLineBytes, place: FrameReader.Place())
        let reader = FrameReader(
            try FileInput(path: path), splitter: splitter, place: FrameReader.Place(), joinsLines: false)
        var scratch = Bytes(count: reader.room)
        while true {
            scratch.reserve(reader.room)
            let isAtEnd = try unsafe reader.read(into: scratch.all, endsHere: true).isAtEnd
            if case .text(let row, let line)? = reader.frames.first {
                var parser = CSVRow(delimiter: delimiter)
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: scratch.all[row])
                return try unsafe CSVColumns(header: &parser, bytes, place: "\(path):\(line)")
            }
            if isAtEnd || !reader.frames.isEmpty { return CSVColumns([]) }
        }
    }
}
