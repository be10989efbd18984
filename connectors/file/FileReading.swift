import ConnectorKit
import Formats

/// A file that is open, from its place on.
final class FileReading {
    let file: TrackedFile
    let config: SourceConfig
    let format: SourceFormat
    let reader: FrameReader
    var columns: CSVColumns
    /// The size of the file when its turn began: what is written meanwhile waits, so that no file keeps the others waiting.
    var turnEnd: Int64 = 0
    /// Whether its turn has begun and not ended.
    var isInTurn = false

    init(
        _ file: TrackedFile, _ input: consuming FileInput, _ config: SourceConfig, columns: CSVColumns
    ) throws(ConnectorError) {
        let format = try config.format(of: file.path)
        let place = file.content.place
        self.file = file
        self.config = config
        self.format = format
        self.columns = columns
        let splitter = FrameSplitter(
            format, delimiter: config.delimiter(of: file.path), maximumBytes: config.maximumLineBytes, place: place)
        reader = FrameReader(
            input, splitter: splitter, place: place, disk: file.content.disk,
            joinsLines: format == .ndjson && !config.addsHeaders, expectsUTF8: config.encoding == nil)
    }

    var path: String { file.path }

    /// Bytes of the file that are used.
    var diskBytes: Int64 { reader.input.diskBytes }
}

/// Why nothing more can be read of a file.
struct FileFault: Error, Hashable {
    /// The line it was found in, from 1.
    let line: Int
    /// The byte of the file's text, from 1.
    let byte: Int64
    let why: String
    /// What stands there, cut short.
    var source: [UInt8] = []

    func message(_ path: String) -> String { "\(path):\(line): byte \(byte): \(why)" }
}
