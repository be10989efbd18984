import ConnectorKit
import Formats

/// Settings of the `file` sink.
struct SinkConfig: Sendable {
    static let path = Setting.path(
        "path",
        "The files to write. `${topic}`, `${partition}`, `${task}` and `${sequence}` (six digits, counted by the task) stand for "
            + "what they say, `${yyyy}`, `${MM}`, `${dd}` and `${HH}` for the time of writing in UTC. A name that exists "
            + "already gets a number behind it; nothing is overwritten. With several tasks it must hold `${task}`."
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

    static let definition = ConfigDefinition(
        [path, format, fields, compression, level, rotateBytes, rotateRecords, rotateInterval],
        rules: [
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

    /// Where the files are, with `*` for what differs from file to file.
    static func output(_ values: ConfigValues) -> SinkOutput {
        let place = SinkOutput.pattern(of: values[path])
        guard let config = try? SinkConfig(values), config.rotation.isNever, !config.template.dependsOnTime else {
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

    init(_ values: ConfigValues) throws(ConnectorError) {
        template = try PathTemplate(values[Self.path])
        format = values[Self.format]
        fields = values[Self.fields]
        compression = values[Self.compression]
        level = values[Self.level]
        rotation = Rotation(
            bytes: values[Self.rotateBytes], records: values[Self.rotateRecords], interval: values[Self.rotateInterval])
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
