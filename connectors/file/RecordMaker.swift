import ConnectorKit
import Formats

/// Makes records of the frames of a file; keeps its memory from piece to piece and file to file.
struct RecordMaker: ~Copyable {
    var scratch = Bytes(count: FrameReader.piece)
    private var json = JSONReader()
    private var row = CSVRow()
    /// The lines in which the records just made begin; kept only where headers name them.
    private var lines: [Int] = []

    /// Reads the next piece of a file and appends its records.
    /// - Returns: Whether the file has no more.
    mutating func read(_ file: FileReading, endsHere: Bool, into batch: inout RecordBatch) throws -> Bool {
        let (reader, before) = (file.reader, batch.count)
        let isAtEnd: Bool
        lines.removeAll(keepingCapacity: true)
        switch file.format {
        case .ndjson, .json: isAtEnd = try readJSON(reader, file, endsHere: endsHere, into: &batch)
        case .auto, .lines: isAtEnd = try readLines(reader, file, endsHere: endsHere, into: &batch)
        case .csv: isAtEnd = try readRows(reader, file, endsHere: endsHere, into: &batch)
        }
        if let topic = file.config.topic {
            for index in before..<batch.count { try batch.edit(at: index) { $0.setTopic(topic) } }
        }
        if file.config.addsHeaders { try addHeaders(file, &batch, from: before) }
        return isAtEnd
    }

    /// Says of each record where it was read.
    private mutating func addHeaders(_ file: FileReading, _ batch: inout RecordBatch, from first: Int) throws {
        for index in first..<batch.count where batch.isDeliverable(index) {
            try batch.edit(at: index) { record in
                record.addHeader(SourceConfig.pathHeader, file.path)
                record.addHeader(SourceConfig.lineHeader, lines[index - first])
            }
        }
    }

    /// JSON is read straight into the batch, which keeps it as it is.
    private mutating func readJSON(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        let (text, isAtEnd) = try readPiece(file, endsHere: endsHere, into: &batch)
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
            if file.config.addsHeaders { for _ in 0..<read.records { lines.append(line) } }
        }
        return isAtEnd
    }

    /// Lines stay where they are read, too.
    private mutating func readLines(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        let (text, isAtEnd) = try readPiece(file, endsHere: endsHere, into: &batch)
        for frame in reader.frames {
            guard case .text(let content, let line) = frame else {
                try reject(frame, file, &batch)
                continue
            }
            let range = TextRange(offset: text.offset + content.lowerBound, count: content.count)
            if file.config.addsHeaders { lines.append(line) }
            if line == 1 && isAtEnd, let byte = unsafe batch.withText(range, bareReturn) {
                try reject(range, "\(file.path):1: byte \(byte + 1): " + Self.bareReturns, &batch)
                continue
            }
            try batch.append(text: range)
            let index = batch.count - 1
            if !batch.isDeliverable(index) { locate(range, line, file, &batch) }
        }
        return isAtEnd
    }

    private static let bareReturns =
        "a carriage return alone ends no line, and the file has no other line end: `tr '\\r' '\\n'` gives it some"

    /// Says where in a line the bytes are that are no text, and what can be done.
    private func locate(_ range: TextRange, _ line: Int, _ file: FileReading, _ batch: inout RecordBatch) {
        let byte = unsafe batch.withText(range, invalidUTF8) ?? 0
        let advice = file.config.notText
        batch.locateRejections(from: batch.count - 1, at: "\(file.path):\(line): byte \(byte + 1): \(advice)")
    }

    private func reject(_ range: TextRange, _ why: String, _ batch: inout RecordBatch) throws {
        let text = unsafe batch.withText(range) { unsafe Array($0.prefix(OversizedFrame.startBytes)) }
        try unsafe text.withUnsafeBytes { try unsafe batch.appendRejected($0, .rejected(why)) }
    }

    private func readPiece(
        _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> (TextRange, isAtEnd: Bool) {
        let (reader, limit) = (file.reader, BatchLimit.records - batch.count)
        let room = reader.room
        var isAtEnd = false
        let text = try unsafe batch.appendText(minimum: room) { buffer in
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<room])
            let read = try unsafe reader.read(into: piece, limit: limit, endsHere: endsHere)
            isAtEnd = read.isAtEnd
            return read.used
        }
        return (text, isAtEnd)
    }

    private mutating func readRows(
        _ reader: FrameReader, _ file: FileReading, endsHere: Bool, into batch: inout RecordBatch
    ) throws -> Bool {
        scratch.reserve(reader.room)
        let limit = BatchLimit.records - batch.count
        let isAtEnd = try unsafe reader.read(into: scratch.all, limit: limit, endsHere: endsHere).isAtEnd
        if row.delimiter != file.config.delimiter(of: file.path) {
            row = CSVRow(delimiter: file.config.delimiter(of: file.path))
        }
        for frame in reader.frames {
            guard case .text(let content, let line) = frame else {
                try reject(frame, file, &batch)
                continue
            }
            let text = unsafe UnsafeRawBufferPointer(rebasing: scratch.all[content])
            let row = CSVColumns.Row(line: line, start: reader.shownFrom + Int64(content.lowerBound))
            let before = batch.count
            try unsafe append(text, row, file, &batch)
            if file.config.addsHeaders && batch.count > before { lines.append(line) }
        }
        return isAtEnd
    }

    private mutating func append(
        _ text: UnsafeRawBufferPointer, _ place: CSVColumns.Row, _ file: FileReading, _ batch: inout RecordBatch
    ) throws {
        if file.columns.names.isEmpty {
            if let columns = try unsafe CSVColumns(header: &row, text, at: place, file.config) {
                file.columns = columns
            }
            return
        }
        if let first = unsafe text.first, first == file.config.comment { return }
        if let fault = unsafe fault(of: text, place, file.columns.names.count, file.config) {
            return try unsafe batch.appendRejected(text, .rejected("\(file.path):\(place.line): \(fault)"))
        }
        try batch.append { object in
            let fields = file.columns.fields
            for index in 0..<fields.count {
                unsafe row.withField(index, of: text) { unsafe object.add(fields[index], text: $0) }
            }
        }
    }

    /// Finds the fields of a row; why it is no record, or nil when it is one.
    private mutating func fault(
        of text: UnsafeRawBufferPointer, _ place: CSVColumns.Row, _ columnCount: Int, _ config: SourceConfig
    ) -> String? {
        do throws(CSVRow.Problem) {
            try unsafe row.read(text)
        } catch {
            return unsafe explained(error, text, place)
        }
        if let byte = unsafe invalidUTF8(text) { return "byte \(place.start + Int64(byte) + 1): \(config.notText)" }
        if row.count == columnCount { return nil }
        let why = "the row has \(row.count) fields; the header names \(columnCount) columns"
        guard let byte = unsafe bareReturn(text) else { return why }
        return why + "; byte \(place.start + Int64(byte) + 1) is a carriage return, which alone ends no row"
    }

    private func explained(
        _ problem: CSVRow.Problem, _ text: UnsafeRawBufferPointer, _ place: CSVColumns.Row
    ) -> String {
        let why = "byte \(place.start + Int64(row.faultPlace) + 1): \(problem)"
        guard case .unclosedQuote = problem else { return why }
        let swallowed = unsafe text[row.faultPlace...]
        let lines = unsafe swallowed.dropLast().count(where: { $0 == 0x0A }) + 1
        let count = unsafe swallowed.count
        return why + ": \(lines) line\(lines == 1 ? "" : "s") and \(count) bytes up to the end are in it"
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
