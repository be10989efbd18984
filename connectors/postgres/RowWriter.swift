import ConnectorKit

/// Makes records of rows: writes them as JSON, a line each, and has the batch read the lines.
struct RowWriter: ~Copyable {
    private var lines = JSONWriter(capacity: 1 << 18)
    private var array = ArrayText()
    private var reader = JSONReader()
    private var bytes: [BytesField] = []
    private var nulls = JSONNulls()
    /// How many rows wait to be moved into a batch.
    private(set) var count = 0

    /// A value that JSON has no form for, to be put into its record.
    private struct BytesField {
        let row: Int
        let name: FieldName
        let value: RawBytes
    }

    /// The bytes of the rows that wait.
    var byteCount: Int { lines.count }

    /// Forgets all rows.
    mutating func removeAll() {
        lines.removeAll()
        bytes.removeAll(keepingCapacity: true)
        nulls.removeAll()
        count = 0
    }

    /// Takes a row.
    mutating func append(_ row: UnsafeRawBufferPointer, _ fields: inout CopyFields, _ layout: RowLayout) {
        for (index, column) in layout.columns.enumerated() {
            lines.writeByte(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
            unsafe column.label.withUnsafeBytes { unsafe lines.write($0) }
            unsafe fields.withValue(index, of: row) { unsafe write($0, column, index) }
        }
        lines.write(layout.columns.isEmpty ? "{}\n" : "}\n")
        count += 1
    }

    /// Moves the rows into a batch.
    mutating func move(_ layout: RowLayout, topic: FieldName?, firstRow: Int, into batch: inout RecordBatch) throws {
        let first = batch.count
        let text = try unsafe lines.withBytes { lines in
            try unsafe batch.appendText(minimum: lines.count) { room in
                unsafe room.copyMemory(from: lines)
                return lines.count
            }
        }
        _ = try reader.read(text, as: .lines, firstLine: firstRow, into: &batch)
        for field in bytes where batch.isDeliverable(first + field.row) {
            try batch.edit(at: first + field.row) { $0.set(field.name, field.value) }
        }
        try nulls.mark(from: first, layout, in: &batch)
        for index in first..<batch.count { try batch.edit(at: index) { Self.finish($0, layout.keys, topic) } }
        removeAll()
    }

    private mutating func write(_ value: UnsafeRawBufferPointer?, _ column: RowLayout.Column, _ place: Int) {
        guard let value = unsafe value else { return lines.write("null") }
        switch column.form {
        case .scalar(.bytes):
            lines.write("null")
            bytes.append(BytesField(row: count, name: column.name, value: RawBytes(unsafe Bytea.bytes(value))))
        case .scalar(let form):
            if form == .json, unsafe JSONNulls.isNull(value) { nulls.add(row: count, place) }
            unsafe ValueText.write(value, as: form, to: &lines)
        case .array(let form, let delimiter):
            unsafe array.write(value, of: form, delimiter: delimiter, to: &lines)
        }
    }

    private static func finish(_ record: borrowing RecordEditor, _ keys: [FieldName], _ topic: FieldName?) {
        if let topic { record.setTopic(topic) }
        guard keys.count != 1 else { return record.setKey(copyOf: record[keys[0]]) }
        if keys.isEmpty { return }
        let key = record.setKeyToObject()
        for name in keys { key.set(name, copyOf: record[name]) }
    }
}
