import ConnectorKit
import Formats

/// Settings of the `file` sink.
struct SinkConfig: Sendable {
    static let path = Setting.path(
        "path",
        "The files to write. `${topic}`, `${partition}`, `${task}` and `${sequence}` (six digits, counted by the task) stand for "
            + "what they say, `${yyyy}`, `${MM}`, `${dd}` and `${HH}` for the time of writing in UTC. A name that exists "
            + "already gets a number behind it; nothing is overwritten. A topic that makes a name too long is cut and ends in `~` and "
            + "a hash of it. With several tasks the path must hold `${task}`, unless `append` is set."
    ).example("/data/out/${topic}/${yyyy}-${MM}-${dd}-${task}-${sequence}.ndjson.gz")
        .template.checked { PathTemplate.fault(in: $0) }
    static let format = Setting.enumeration(
        "format", SinkFormat.self,
        "`ndjson` writes one JSON value a line, `json` one array a file, `csv` one row a record with the columns of `fields`, "
            + "`lines` texts as they are and other values as JSON."
    ).defaulting(to: .ndjson)
    static let fields = Setting.list("fields", "The columns of `csv`: field paths, which are the header row too.")
        .example("id,actor.login,created_at").defaulting(to: [])
        .checked { names in
            for name in names {
                do { _ = try FieldPath(name) } catch { return "fields: \(name) is no field path: \(error)" }
            }
            return nil
        }
    static let compression = Setting.enumeration(
        "compression", Compression.self, "How the files are compressed; their name stays as `path` gives it."
    ).defaulting(to: .none)
    static let level = Setting.int(
        "compression.level", in: 1...22, "1 (fast) to 9 (small) for gzip, default 6; 1 to 22 for zstd, default 3."
    ).optional
    static let rotateBytes = Setting.bytes(
        "rotate.bytes", in: 1...Int.max,
        "Size on disk from which a file is finished and the next begun, looked at after each batch."
    ).optional
    static let rotateRecords = Setting.int("rotate.records", in: 1...Int.max, "Records after which a file is finished.")
        .optional
    static let rotateInterval = Setting.duration(
        "rotate.interval.ms", in: .milliseconds(1)...Duration.seconds(Int32.max),
        "Age at which a file is finished. Looked at when records are written, and every `offset.flush.interval.ms` of the worker."
    ).optional

    static let openFilesMax = Setting.int(
        "open.files.max", in: 1...1_000_000,
        "Files that a task holds open at most, within half of what the process may (`ulimit -n`). Those used longest ago are "
            + "closed, and go on under their name when they are needed again."
    ).defaulting(to: 1000)
    static let append = Setting.bool(
        "append",
        "Writes records to their file at once, behind what is in it, as Kafka Connect's FileStreamSink does: every task, and "
            + "other programs, may write the same file. After a crash the records since the last commit come again. Not for "
            + "`json`, compressed or rotated files."
    ).defaulting(to: false)

    static let definition = ConfigDefinition(
        [
            path, format, fields, compression, level, rotateBytes, rotateRecords, rotateInterval, openFilesMax, append,
        ],
        rules: [
            { appendFault($0) },
            {
                $0[format] == .csv && $0[fields].isEmpty
                    ? ("fields", "format csv needs fields, the names of its columns") : nil
            },
            { values in
                guard let level = values[level], !values[compression].levels.contains(level) else { return nil }
                return (
                    "compression.level",
                    "compression.level is \(level); \(values[compression].rawValue) knows no such level"
                )
            },
        ])

    /// What cannot be appended to: other tasks would write into the middle of it, or it would never be finished.
    private static func appendFault(_ values: ConfigValues) -> (setting: String, message: String)? {
        guard values[append] else { return nil }
        if values[format] == .json { return ("append", "append cannot write format json, whose files have an end") }
        if values[compression] != .none {
            return ("append", "append cannot write compressed files; set compression to none")
        }
        if values[rotateBytes] != nil || values[rotateRecords] != nil || values[rotateInterval] != nil {
            return ("append", "append never finishes a file; leave out rotate.*, or set append to false")
        }
        if values[path].contains("${sequence}") {
            return ("path", "path holds ${sequence}, and append never begins another file; leave it out")
        }
        return nil
    }

    /// Where the files are, with `*` for what differs from file to file.
    static func output(_ values: ConfigValues) -> SinkOutput {
        let place = SinkOutput.pattern(of: values[path])
        guard let config = try? SinkConfig(values), config.rotation.isNever, !config.template.dependsOnTime,
            !config.appends
        else {
            return SinkOutput(place)
        }
        return SinkOutput(
            place,
            hiddenUntilStop: "the file sink's records stay in a hidden file until the pipeline stops; set "
                + "rotate.interval.ms, rotate.records or rotate.bytes to see them earlier")
    }

    let template: PathTemplate
    let format: SinkFormat
    let fields: [String]
    let compression: Compression
    let level: Int?
    let rotation: Rotation
    let openFilesMax: Int
    let appends: Bool

    init(_ values: ConfigValues) throws(ConnectorError) {
        template = try PathTemplate(values[Self.path])
        format = values[Self.format]
        fields = values[Self.fields]
        compression = values[Self.compression]
        level = values[Self.level]
        rotation = Rotation(
            bytes: values[Self.rotateBytes], records: values[Self.rotateRecords], interval: values[Self.rotateInterval])
        openFilesMax = values[Self.openFilesMax]
        appends = values[Self.append]
    }
}

/// What files hold.
enum SinkFormat: String, Sendable, CaseIterable {
    case ndjson
    case json
    case csv
    case lines

    /// What stands at the end of a file.
    var tail: [UInt8] { self == .json ? Array("\n]\n".utf8) : [] }
}

/// When a file is finished.
struct Rotation: Sendable {
    var bytes: Int?
    var records: Int?
    var interval: Duration?

    /// Whether no file is ever full.
    var isNever: Bool { bytes == nil && records == nil && interval == nil }

    /// Whether a file of this size and age is to be finished.
    func isDue(bytes size: Int64, records count: Int, age: Duration) -> Bool {
        if let bytes, size >= Int64(bytes) { return true }
        if let records, count >= records { return true }
        if let interval, age >= interval { return true }
        return false
    }
}
