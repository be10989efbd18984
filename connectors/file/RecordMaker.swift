import ConnectorKit
import Formats

/// Makes records of the frames of a file; keeps its memory from piece to piece and file to file.
struct RecordMaker: ~Copyable {
    var scratch = Bytes(count: FrameReader.piece)
    private var json = JSONReader()
    private var row = CSVRow()

    /// Reads the next piece of a file and appends its records.
    /// - Returns: Whether the file has no more.
    mutating func read(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        let before = batch.count
        let isAtEnd: Bool
        switch file.format {
        case .ndjson, .json: isAtEnd = try readJSON(reader, file, endsHere: endsHere, into: &batch)
        case .auto, .lines: isAtEnd = try readLines(reader, file, endsHere: endsHere, into: &batch)
        case .csv: isAtEnd = try readRows(reader, file, endsHere: endsHere, into: &batch)
        }
        if let topic = file.config.topic {
            for index in before..<batch.count { try batch.edit(at: index) { $0.setTopic(topic) } }
        }
        return isAtEnd
    }

    /// JSON is read straight into the batch, which keeps it as it is.
    private mutating func readJSON(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        let (text, isAtEnd) = try readPiece(reader, endsHere: endsHere, into: &batch)
        for frame in reader.frames {
            guard case .text(let content, let line) = frame else {
                try reject(frame, file, &batch)
                continue
            }
            let range = TextRange(offset: text.offset + content.lowerBound, count: content.count)
            let framing: Framing = file.format == .ndjson ? .lines : .single
            let first = batch.count
            let read = try json.read(range, as: framing, firstLine: line, into: &batch)
            if read.rejected > 0 { batch.locateRejections(from: first, at: file.path) }
        }
        return isAtEnd
    }

    /// Lines stay where they are read, too.
    private func readLines(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        let (text, isAtEnd) = try readPiece(reader, endsHere: endsHere, into: &batch)
        for frame in reader.frames {
            guard case .text(let content, let line) = frame else {
                try reject(frame, file, &batch)
                continue
            }
            try batch.append(text: TextRange(offset: text.offset + content.lowerBound, count: content.count))
            let index = batch.count - 1
            if !batch.isDeliverable(index) { batch.locateRejections(from: index, at: "\(file.path):\(line)") }
        }
        return isAtEnd
    }

    private func readPiece(
        _ reader: FrameReader, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> (TextRange, isAtEnd: Bool) {
        let room = reader.room
        var isAtEnd = false
        let text = try unsafe batch.appendText(minimum: room) { buffer in
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<room])
            let read = try unsafe reader.read(into: piece, endsHere: endsHere)
            isAtEnd = read.isAtEnd
            return read.used
        }
        return (text, isAtEnd)
    }

    private mutating func readRows(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        scratch.reserve(reader.room)
        let isAtEnd = try unsafe reader.read(into: scratch.all, endsHere: endsHere).isAtEnd
        if row.delimiter != file.config.delimiter(of: file.path) {
            row = CSVRow(delimiter: file.config.delimiter(of: file.path))
        }
        for frame in reader.frames {
            guard case .text(let content, let line) = frame else {
                try reject(frame, file, &batch)
                continue
            }
            let text = unsafe UnsafeRawBufferPointer(rebasing: scratch.all[content])
            try unsafe appendRow(text, line, file, &batch)
        }
        return isAtEnd
    }

    private mutating func appendRow(
        _ text: UnsafeRawBufferPointer, _ line: Int, _ file: FileReading, _ batch: inout RecordBatch
    ) throws {
        if file.columns.names.isEmpty {
            file.columns = try unsafe CSVColumns(header: &row, text, place: "\(file.path):\(line)")
            return
        }
        if let fault = try unsafe fault(of: text, file.columns.names.count) {
            return try unsafe batch.appendRejected(text, .rejected("\(file.path):\(line): \(fault)"))
        }
        try batch.append { object in
            for (index, name) in file.columns.fields.enumerated() {
                unsafe row.withField(index, of: text) { unsafe object.add(name, text: $0) }
            }
        }
    }

    /// Finds the fields of a row; why it is no record, or nil when it is one.
    private mutating func fault(of text: UnsafeRawBufferPointer, _ columnCount: Int) throws -> String? {
        do throws(CSVRow.Problem) {
            try unsafe row.read(text)
        } catch {
            return "\(error)"
        }
        guard unsafe isUTF8(text) else { return "the row is not UTF-8 text" }
        if row.count == columnCount { return nil }
        return "the row has \(row.count) fields; the header names \(columnCount) columns"
    }

    private func reject(_ frame: FrameReader.Frame, _ file: FileReading, _ batch: inout RecordBatch) throws {
        guard case .oversized(let text, let line) = frame else { return }
        let limit = file.config.maximumLineBytes
        let why = "\(text.byteCount) bytes are more than max.line.bytes allows (\(limit)): raise it or shorten the line"
        try unsafe text.start.withUnsafeBytes {
            try unsafe batch.appendRejected($0, .rejected("\(file.path):\(line): \(why)"))
        }
    }
}

/// Whether bytes are valid UTF-8.
private func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let text = unsafe bytes.bindMemory(to: UInt8.self)
    return (try? unsafe UTF8Span(validating: text.span)) != nil
}
