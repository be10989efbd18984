import ConnectorKit
import Formats

/// Settings of the `file` source.
struct SourceConfig: Sendable {
    static let path = Setting.list(
        "path",
        "Files to read: names, directories (every file in them that is not hidden) and patterns with `*`, `?` and `[…]`; "
            + "several with commas. Relative paths start at the worker's working directory."
    ).example("/data/events/*.ndjson.gz").checked { $0.contains("") || $0.isEmpty ? "path names no file" : nil }
    static let format = Setting.enumeration(
        "format", SourceFormat.self,
        "What a file holds. `auto` goes by the name: `.ndjson` and `.jsonl` are ndjson, `.json` is json, `.csv` and `.tsv` "
            + "are csv, `.txt` and `.log` are lines; `.gz` and `.zst` behind it are passed over. `ndjson` is one JSON value "
            + "a line; `json` is an array, whose elements are the records, or values one after the other; `csv` gives "
            + "objects of texts named by the header row; `lines` gives each line as a text."
    ).defaulting(to: .auto)
    static let topic = Setting.string("topic", "Topic that the records carry; without it they carry none.").optional
    static let follow = Setting.bool(
        "follow",
        "Whether to wait for what is appended, and for files that appear, instead of ending. A file that is replaced by "
            + "another of its name, or cut off, is read from its beginning after the rest of the old one. Compressed files "
            + "are read once."
    ).defaulting(to: false)
    static let pollInterval = Setting.duration(
        "poll.interval.ms", in: .milliseconds(1)...Duration.seconds(3600), "Pause before looking again with `follow`."
    ).defaulting(to: .milliseconds(500))
    static let maximumLineBytes = Setting.bytes(
        "max.line.bytes", in: 1...(1 << 30),
        "The longest line, JSON value or CSV row. A longer one is skipped to its end and rejected with its first bytes."
    ).defaulting(to: 16 << 20)
    static let delimiter = Setting.string("csv.delimiter", "The character between CSV fields; `\\t` is a tab.")
        .defaulting(to: ",").checked {
            SourceConfig.delimiterByte($0) == nil ? "csv.delimiter is \"\($0)\"; expected one ASCII character" : nil
        }
    static let columns = Setting.list(
        "csv.columns", "Names of the CSV columns, for files without a header row; empty takes them from the first row."
    ).defaulting(to: [])

    static let definition = ConfigDefinition([
        path, format, topic, follow, pollInterval, maximumLineBytes, delimiter, columns,
    ])

    let paths: [String]
    let format: SourceFormat
    let topic: FieldName?
    let follow: Bool
    let pollInterval: Duration
    let maximumLineBytes: Int
    let columns: [String]
    private let delimiter: UInt8

    init(_ values: ConfigValues) {
        paths = values[Self.path]
        format = values[Self.format]
        topic = values[Self.topic].map(FieldName.init(interning:))
        follow = values[Self.follow]
        pollInterval = values[Self.pollInterval]
        maximumLineBytes = values[Self.maximumLineBytes]
        columns = values[Self.columns]
        delimiter = Self.delimiterByte(values[Self.delimiter]) ?? UInt8(ascii: ",")
    }

    /// The byte between the fields of a file: a tab in a `.tsv`.
    func delimiter(of path: String) -> UInt8 {
        SourceFormat.plainName(path).hasSuffix(".tsv") ? UInt8(ascii: "\t") : delimiter
    }

    /// What a file holds.
    func format(of path: String) throws(ConnectorError) -> SourceFormat {
        if format != .auto { return format }
        if let format = SourceFormat(suffixOf: path) { return format }
        throw .configuration("cannot tell from its name what \(path) holds; set format to ndjson, json, csv or lines")
    }

    private static func delimiterByte(_ text: String) -> UInt8? {
        if text == "\\t" { return UInt8(ascii: "\t") }
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, !"\"\r\n".utf8.contains(byte) else {
            return nil
        }
        return byte
    }
}

/// What a file holds.
enum SourceFormat: String, Sendable, CaseIterable {
    case auto
    case ndjson
    case json
    case csv
    case lines

    /// Goes by the suffix of a file's name; nil when it says nothing.
    init?(suffixOf path: String) {
        let name = Self.plainName(path)
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "ndjson", "jsonl": self = .ndjson
        case "json": self = .json
        case "csv", "tsv": self = .csv
        case "txt", "log": self = .lines
        default: return nil
        }
    }

    /// The name of a file without the suffix of its compression.
    static func plainName(_ path: String) -> Substring {
        let name = FileSystem.name(of: path)
        for suffix in [".gz", ".zst"] where name.hasSuffix(suffix) { return name.dropLast(suffix.count) }
        return name[...]
    }
}
