import ConnectorKit
import Formats
import Glibc

/// The names of a CSV file's columns.
struct CSVColumns {
    /// The names as given; empty until they are known.
    let names: [String]
    /// The same, ready for building records; freed with the last copy of this.
    let fields: FieldNames

    init(_ names: [String]) {
        self.names = names
        fields = FieldNames(names)
    }

    /// A row before the records, at its place in the text.
    struct Row {
        let line: Int
        /// Its first byte, from 0.
        let start: Int64

        func fault(_ why: String, at offset: Int = 0, _ text: UnsafeRawBufferPointer) -> FileFault {
            let source = unsafe Array(text.prefix(OversizedFrame.startBytes))
            return FileFault(line: line, byte: start + Int64(offset) + 1, why: why, source: source)
        }
    }

    /// Takes the names from a header row; a column without a name is called `column` and its number.
    /// - Returns: nil when the row is none: a comment, or the line that tells spreadsheets the delimiter.
    init?(
        header parser: inout CSVRow, _ text: UnsafeRawBufferPointer, at row: Row, _ config: SourceConfig
    ) throws(FileFault) {
        if let first = unsafe text.first, first == config.comment { return nil }
        if try unsafe Self.isDelimiterLine(text, parser.delimiter, row) { return nil }
        try unsafe Self.checkText(text, row)
        do throws(CSVRow.Problem) {
            try unsafe parser.read(text)
        } catch {
            throw unsafe row.fault("the header row cannot be read: \(error)", at: parser.faultPlace, text)
        }
        let names = (0..<parser.count).map { index in
            let name = unsafe parser.withField(index, of: text) { unsafe String(decoding: $0, as: UTF8.self) }
            return name.isEmpty ? "column\(index + 1)" : name
        }
        if unsafe text.starts(with: Array("# ".utf8)) || names.count == 1 && names[0].hasPrefix("#") {
            throw unsafe row.fault(
                "the header row is a comment: set csv.comment to #, or csv.columns to the names", text)
        }
        if let twice = Set(names).first(where: { name in names.count { $0 == name } > 1 }) {
            throw unsafe row.fault(
                "the header row names the column \(twice) twice; rename one, or name all with csv.columns", text)
        }
        self.init(names)
    }

    /// `sep=;`, which spreadsheets write before the header.
    private static func isDelimiterLine(
        _ text: UnsafeRawBufferPointer, _ delimiter: UInt8, _ row: Row
    ) throws(FileFault) -> Bool {
        guard unsafe text.count == 5 && text.starts(with: Array("sep=".utf8)) else { return false }
        if unsafe text[4] == delimiter { return true }
        let named = unsafe String(decoding: text[4...], as: UTF8.self)
        throw unsafe row.fault("the file says that its delimiter is \(named): set csv.delimiter to it", at: 4, text)
    }

    private static func checkText(_ text: UnsafeRawBufferPointer, _ row: Row) throws(FileFault) {
        if let byte = unsafe invalidUTF8(text) {
            let advice = "set encoding to the file's character set, such as ISO-8859-1 or windows-1252"
            throw unsafe row.fault("the header row is not UTF-8 text: \(advice)", at: byte, text)
        }
        if let byte = unsafe bareReturn(text) {
            throw unsafe row.fault(
                "a carriage return alone ends no line: end lines in a line feed, as `tr '\\r' '\\n'` does", at: byte,
                text)
        }
        if let byte = unsafe text.firstIndex(of: 0) {
            throw unsafe row.fault(
                "the header row holds a zero byte: set encoding to the file's character set", at: byte, text)
        }
    }

    /// Reads the header row of a file again, for a reader that goes on behind it.
    static func header(
        of file: TrackedFile, _ compression: Compression, _ config: SourceConfig
    ) throws -> CSVColumns {
        let opened = try OpenFile(readingWithoutWait: file.path)
        guard try opened.status().identity == file.identity else {
            throw FileFailure("find", file.path, errno: ESTALE)
        }
        let delimiter = config.delimiter(of: file.path)
        let splitter = FrameSplitter(
            .csv, delimiter: delimiter, maximumBytes: config.maximumLineBytes, place: FrameReader.Place())
        let reader = FrameReader(
            try FileInput(opened, compression, encoding: config.encoding), splitter: splitter,
            place: FrameReader.Place(),
            disk: 0, joinsLines: false, expectsUTF8: config.encoding == nil)
        var scratch = Bytes(count: reader.room)
        var parser = CSVRow(delimiter: delimiter)
        while true {
            scratch.reserve(reader.room)
            let isAtEnd = try unsafe reader.read(into: scratch.all, endsHere: true).isAtEnd
            for case .text(let range, let line) in reader.frames {
                let row = Row(line: line, start: reader.shownFrom + Int64(range.lowerBound))
                let text = unsafe UnsafeRawBufferPointer(rebasing: scratch.all[range])
                if let columns = try unsafe CSVColumns(header: &parser, text, at: row, config) { return columns }
            }
            if isAtEnd { return CSVColumns([]) }
        }
    }
}

/// The first byte that makes bytes no UTF-8 text; nil when they are.
func invalidUTF8(_ bytes: UnsafeRawBufferPointer) -> Int? {
    do throws(UTF8.ValidationError) {
        _ = try unsafe UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)
        return nil
    } catch {
        return error.byteOffsets.lowerBound
    }
}

/// The first carriage return that does not end the text.
func bareReturn(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, bytes.count > 1 else { return nil }
    guard let found = unsafe memchr(base, 0x0D, bytes.count - 1) else { return nil }
    return unsafe UnsafeRawPointer(found) - base
}
