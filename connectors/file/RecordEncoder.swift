import ConnectorKit
import Formats

/// Turns records into the bytes of a file; keeps its memory from batch to batch.
final class RecordEncoder {
    private let format: SinkFormat
    private let columns: [CSVField]
    private var finder: FieldFinder
    /// What an empty file begins with.
    let header: [UInt8]
    private var json = JSONWriter(capacity: 1 << 12)
    private var csv = CSVWriter()
    /// Records encoded since the last ``removeAll()``.
    private(set) var count = 0

    init(_ config: SinkConfig) throws {
        format = config.format
        let paths = try config.fields.map { try FieldPath($0) }
        let names = paths.map { $0.names[0] }
        // A field of which several columns are parts is found once.
        var places: [FieldName: Int] = [:]
        for (place, name) in names.enumerated() where places[name] == nil { places[name] = place }
        columns = zip(names, paths).map { name, path in
            let rest = Array(path.names.dropFirst())
            return CSVField(place: places[name] ?? 0, rest: rest.isEmpty ? nil : FieldPath(names: rest))
        }
        finder = FieldFinder(names)
        header = format == .csv ? Self.row(config.fields) : []
    }

    func removeAll() {
        json.removeAll()
        csv.removeAll()
        count = 0
    }

    /// Encodes every deliverable record at once.
    /// - Returns: Whether the format allows it; else nothing was done.
    func addAll(_ batch: borrowing RecordBatch) -> Bool {
        guard format == .ndjson else { return false }
        count += json.writeLines(batch)
        return true
    }

    /// Encodes one record.
    /// - Parameter startsFile: Whether it is the first of its file.
    func add(_ record: Record, startsFile: Bool) {
        switch format {
        case .ndjson:
            json.write(record.value)
            json.writeByte(UInt8(ascii: "\n"))
        case .json:
            json.write(startsFile ? "[\n" : ",\n")
            json.write(record.value)
        case .lines: addLine(record.value)
        case .csv:
            if startsFile { unsafe header.withUnsafeBytes { unsafe csv.writeRow($0) } }
            Self.addRow(record.value, columns, by: &finder, to: &csv)
        }
        count += 1
    }

    /// Lends what was encoded.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        format == .csv ? try unsafe csv.withBytes(body) : try unsafe json.withBytes(body)
    }

    private func addLine(_ value: Value) {
        if case .string = value.kind {
            _ = unsafe value.withUTF8 { unsafe json.write(UnsafeRawBufferPointer($0)) }
        } else {
            json.write(value)
        }
        json.writeByte(UInt8(ascii: "\n"))
    }

    private static func row(_ names: [String]) -> [UInt8] {
        var csv = CSVWriter()
        for name in names { csv.writeField(name) }
        csv.endRow()
        return unsafe csv.withBytes { unsafe Array($0) }
    }

    /// The fields of all columns are found in one walk of the record.
    private static func addRow(
        _ value: Value, _ columns: [CSVField], by finder: inout FieldFinder, to csv: inout CSVWriter
    ) {
        let found = finder.find(in: value)
        for column in columns {
            let field = found[column.place]
            if let rest = column.rest { addField(field[path: rest], to: &csv) } else { addField(field, to: &csv) }
        }
        csv.endRow()
    }

    private static func addField(_ value: Value, to csv: inout CSVWriter) {
        switch value.kind {
        case .missing, .null: csv.writeField("")
        case .string: _ = unsafe value.withUTF8 { unsafe csv.writeField(UnsafeRawBufferPointer($0)) }
        case .number: unsafe value.rawText.withUnsafeBytes { unsafe csv.writeField($0) }
        default: csv.writeField(value.jsonText)
        }
    }
}

/// A column: the place of its field among those that are found, and the way below that.
private struct CSVField {
    let place: Int
    let rest: FieldPath?
}
