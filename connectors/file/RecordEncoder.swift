import ConnectorKit
import Formats

/// Turns records into the bytes of a file; keeps its memory from batch to batch.
final class RecordEncoder {
    private let format: SinkFormat
    private let fields: [FieldPath]
    private let header: [String]
    private var json = JSONWriter(capacity: 1 << 16)
    private var csv = CSVWriter()
    /// Records encoded since the last ``removeAll()``.
    private(set) var count = 0

    init(_ config: SinkConfig) throws {
        format = config.format
        header = config.fields
        fields = try config.fields.map { try FieldPath($0) }
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
            if startsFile { addHeader() }
            for path in fields { addField(record[path: path]) }
            csv.endRow()
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

    private func addHeader() {
        for name in header { csv.writeField(name) }
        csv.endRow()
    }

    private func addField(_ value: Value) {
        switch value.kind {
        case .missing, .null: csv.writeField("")
        case .string: _ = unsafe value.withUTF8 { unsafe csv.writeField(UnsafeRawBufferPointer($0)) }
        default: csv.writeField(value.jsonText)
        }
    }
}
