import ConnectorKit
import Formats
import Glibc

/// Settings of the `file` source.
struct SourceConfig: Sendable {
    static let path = Setting.list(
        "path",
        "Files to read: names, directories (every file in them that is not hidden) and patterns with `*`, `?`, `[…]`, `**` "
            + "(any number of folders) and `{a,b}`; several with commas. Relative paths start at the worker's working "
            + "directory. A file with several names is read once. A named pipe, or `-` for the standard input, is read "
            + "when it is named by itself; what was read of it is not kept and cannot be read again after a failure."
    ).example("/data/events/*.ndjson.gz").checked { SourceConfig.fault(of: $0, "path") }
    static let exclude = Setting.list(
        "exclude",
        "Files that are not read although `path` names them: patterns as in `path`; one without a slash is of "
            + "names in any folder."
    ).example("*.tmp,*.gz").defaulting(to: []).checked { SourceConfig.fault(of: $0, "exclude", mayBeEmpty: true) }
    static let format = Setting.enumeration(
        "format", SourceFormat.self,
        "What a file holds. `auto` goes by the name: `.ndjson` and `.jsonl` are ndjson, `.json` is json, `.csv` and `.tsv` "
            + "are csv, `.txt` and `.log` are lines; `.gz` and `.zst` behind it are passed over, as is what rotation puts "
            + "there. `ndjson` is one JSON value a line; `json` is an array, whose elements are the records, or values one "
            + "after the other; `csv` gives objects of texts named by the header row; `lines` gives each line as a text."
    ).defaulting(to: .auto)
    static let topic = Setting.string("topic", "Topic that the records carry; without it they carry none.").optional
    static let follow = Setting.bool(
        "follow",
        "Whether to wait for what is appended, and for files that appear, instead of ending. A file that was renamed is read "
            + "to its end, one that was cut off or written anew from its beginning. A last line without a line break waits "
            + "for it, until the next run if need be; without `follow` the end of the file ends it."
    ).defaulting(to: false)
    static let startAt = Setting.enumeration(
        "start.at", StartPlace.self,
        "Where files are begun that are there at the very first start: at their `beginning`, or at their `end`, so that only "
            + "what is appended is read. Later files are always read from their beginning."
    ).defaulting(to: .beginning)
    static let pollInterval = Setting.duration(
        "poll.interval.ms", in: .milliseconds(1)...Duration.seconds(3600),
        "Pause before looking again with `follow`. Where the system tells what changes, only that is looked at."
    ).defaulting(to: .milliseconds(500))
    static let rotateWait = Setting.duration(
        "rotate.wait.ms", in: .zero...Duration.seconds(86400),
        "How long a file that was renamed, replaced or deleted must rest before it counts as ended, since its writer may go "
            + "on for a while; and how long a new file that begins as one that was read may turn out to be its copy."
    ).defaulting(to: .seconds(5))
    static let openFiles = Setting.int(
        "open.files.max", in: 1...1_000_000,
        "Files that are open at a time, for all tasks together; those that rest the longest are closed first. Never more than "
            + "half of what the worker may open (`ulimit -n`)."
    ).defaulting(to: 512)
    static let maximumLineBytes = Setting.bytes(
        "max.line.bytes", in: 1...(1 << 30),
        "The longest line, JSON value or CSV row. A longer one is skipped to its end and rejected with its first bytes."
    ).defaulting(to: 16 << 20)
    static let encoding = Setting.string(
        "encoding",
        "The files' character set, as `iconv -l` lists them, such as ISO-8859-1, windows-1252, UTF-16 or Shift_JIS; without it "
            + "text is UTF-8. What means nothing in it is rejected with its line."
    ).example("windows-1252").optional.checked {
        $0 == nil || Transcoder(from: $0 ?? "") != nil
            ? nil
            : "encoding \($0 ?? "") is not known here, or cannot be read from the middle; `iconv -l` lists what is"
    }
    static let headers = Setting.bool(
        "metadata.headers", "Whether records carry where they were read in the headers `file.path` and `file.line`."
    ).defaulting(to: false)
    static let delimiter = Setting.string("csv.delimiter", "The character between CSV fields; `\\t` is a tab.")
        .defaulting(to: ",").checked {
            SourceConfig.delimiterByte($0) == nil ? "csv.delimiter is \"\($0)\"; expected one ASCII character" : nil
        }
    static let comment = Setting.string(
        "csv.comment", "A character; lines that begin with it are no rows. Without it every line is one."
    ).optional.checked {
        $0 == nil || SourceConfig.delimiterByte($0 ?? "") != nil
            ? nil : "csv.comment is \"\($0 ?? "")\"; expected one ASCII character"
    }
    static let columns = Setting.list(
        "csv.columns", "Names of the CSV columns, for files without a header row; empty takes them from the first row."
    ).defaulting(to: [])

    static let pathHeader = FieldName(interning: "file.path")
    static let lineHeader = FieldName(interning: "file.line")

    static let definition = ConfigDefinition(
        [
            path, exclude, format, topic, follow, startAt, pollInterval, rotateWait, openFiles, maximumLineBytes,
            encoding,
            headers, delimiter, comment, columns,
        ],
        rules: [
            {
                $0[startAt] == .end && !$0[follow]
                    ? ("start.at", "start.at end leaves nothing to read without follow; set follow, or remove it") : nil
            }
        ])

    let paths: [String]
    let exclude: [String]
    let format: SourceFormat
    let topic: FieldName?
    let follow: Bool
    let startsAtEnd: Bool
    let pollInterval: Duration
    let rotateWait: Duration
    let openFiles: Int
    let maximumLineBytes: Int
    let encoding: String?
    let addsHeaders: Bool
    let comment: UInt8?
    let columns: [String]
    private let delimiter: UInt8

    init(_ values: ConfigValues) {
        paths = Self.joined(values[Self.path])
        exclude = Self.joined(values[Self.exclude])
        format = values[Self.format]
        topic = values[Self.topic].map(FieldName.init(interning:))
        follow = values[Self.follow]
        startsAtEnd = values[Self.startAt] == .end
        pollInterval = values[Self.pollInterval]
        rotateWait = values[Self.rotateWait]
        openFiles = values[Self.openFiles]
        maximumLineBytes = values[Self.maximumLineBytes]
        encoding = values[Self.encoding].flatMap { ["UTF-8", "UTF8"].contains($0.uppercased()) ? nil : $0 }
        addsHeaders = values[Self.headers]
        comment = values[Self.comment].flatMap(Self.delimiterByte)
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

    /// What is said of bytes that are no text.
    var notText: String {
        encoding.map { "the bytes mean nothing in \($0), as encoding names it" }
            ?? "the bytes are not UTF-8 text: set encoding to the file's character set"
    }

    /// Files that one of the tasks may have open.
    func openLimit(for tasks: Int) -> Int {
        var limit = rlimit()
        let isKnown = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        let allowed = isKnown && limit.rlim_cur < 1 << 30 ? Int(limit.rlim_cur) / 2 : openFiles
        return max(1, min(openFiles, allowed) / tasks)
    }

    /// Paths in which a comma between braces took them apart are put together again.
    static func joined(_ parts: [String]) -> [String] {
        var paths: [String] = []
        var open = false
        for part in parts {
            if open, let last = paths.popLast() { paths.append("\(last),\(part)") } else { paths.append(part) }
            let last = paths.last ?? ""
            open = last.utf8.count { $0 == UInt8(ascii: "{") } > last.utf8.count { $0 == UInt8(ascii: "}") }
        }
        return paths
    }

    private static func fault(of paths: [String], _ name: String, mayBeEmpty: Bool = false) -> String? {
        if paths.contains("") || paths.isEmpty && !mayBeEmpty { return "\(name) names no file" }
        return joined(paths).lazy.compactMap { PathPattern.fault(in: $0) }.first.map { "\(name): \($0)" }
    }

    private static func delimiterByte(_ text: String) -> UInt8? {
        if text == "\\t" { return UInt8(ascii: "\t") }
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, !"\"\r\n".utf8.contains(byte) else {
            return nil
        }
        return byte
    }
}

/// Where files are begun at the very first start.
enum StartPlace: String, Sendable, CaseIterable {
    case beginning
    case end
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

    /// The name of a file without the suffix of its compression and what rotation put behind it.
    static func plainName(_ path: String) -> Substring {
        let base = GenerationOrder.generation(path)?.base ?? path
        let name = FileSystem.name(of: base)
        return name.dropLast(Compression(suffixOf: name)?.fileSuffix.count ?? 0)
    }
}
