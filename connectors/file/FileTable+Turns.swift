import ConnectorKit
import Formats
import Glibc

// A file's turn: what was written until it began is read.
extension FileTable {
    /// Reads a piece of a file.
    /// - Returns: Whether its turn goes on.
    func turn(_ file: TrackedFile, _ batch: inout RecordBatch, _ maker: inout RecordMaker) throws -> Bool {
        do {
            let reading = try open(file)
            // Where a copy is read on is to be stored before anything that is read after it.
            takeMarks(&batch)
            guard let reading else { return false }
            (reading.isInTurn, file.lastUse) = (true, useNumber)
            useNumber += 1
            return try read(reading, &batch, &maker)
        } catch let error as CodecError {
            let line = file.content.place.lines + 1
            try giveUp(file, "\(file.path):\(line): \(error)", file.reading?.reader.unfinished ?? [], &batch)
        } catch let fault as FileFault {
            try giveUp(file, fault.message(file.path), fault.source, &batch)
        } catch let failure as FileFailure {
            failed(file, failure)
        } catch let error as ConnectorError where error.kind == .configuration {
            file.state = .ended
            tell(file.path, error.message)
        }
        return false
    }

    private func read(
        _ reading: FileReading, _ batch: inout RecordBatch, _ maker: inout RecordMaker
    ) throws -> Bool {
        let (file, reader) = (reading.file, reading.reader)
        if try unsafe !reader.isInPlace(scratch: maker.scratch.all) { return true }
        let (before, isFinal) = (reading.diskBytes, endsHere(file))
        let isAtEnd = try maker.read(reading, endsHere: isFinal, into: &batch)
        if reading.diskBytes > before { file.lastBytes = now }
        if reader.zeroBytes > 0 { tellHole(reading) }
        note(reading, &batch)
        count(file)
        let isUsedUp = config.follow && !isFinal && reader.input.compression == .none && !reader.mayHoldFrames
        guard isAtEnd || isUsedUp && reading.diskBytes >= reading.turnEnd else { return true }
        reading.isInTurn = false
        try reachedEnd(reading, isFinal: isFinal, &batch)
        return false
    }

    /// Whether the end of the file ends its last record too: not while it may grow.
    private func endsHere(_ file: TrackedFile) -> Bool {
        guard config.follow else { return true }
        guard let lost = file.lostName else { return false }
        return now - max(lost, file.lastBytes) >= config.rotateWait
    }

    /// Notes how far the file is read, and marks it.
    private func note(_ reading: FileReading, _ batch: inout RecordBatch) {
        let (file, reader) = (reading.file, reading.reader)
        guard reader.place != file.content.place else { return }
        file.content.place = reader.place
        file.content.disk = reader.diskPlace()
        file.content.time = context.clock.now
        // What cannot be told apart later is no reason to stop now.
        do { try check.update(&file.content, reader.input.file) } catch { file.content.tail = nil }
        index(file)
        if batch.count > 0 { batch.mark(file.position) }
    }

    private func reachedEnd(_ reading: FileReading, isFinal: Bool, _ batch: inout RecordBatch) throws {
        let (file, reader) = (reading.file, reading.reader)
        if isFinal {
            if reader.isInsideArray {
                try rejectRest(reading, "the file ends inside an array: its ] is missing", &batch)
            }
            return end(file)
        }
        let isUnfinished = reader.hasRest || reader.input.compression != .none && reader.input.isInsideMember
        if file.lostName == nil { watched[ObjectIdentifier(file)] = isUnfinished ? tellUnfinished(reading) : nil }
    }

    /// There is no more of a file, unless it is written to once more.
    private func end(_ file: TrackedFile) {
        file.lostName = nil
        watched[ObjectIdentifier(file)] = nil
        close(file)
        if !config.follow { file.state = .ended } else if !file.isNamed { isGone(file) }
    }

    /// Says that a record has no end, once nothing was added to it for some time.
    /// - Returns: The file, while that time is not over.
    private func tellUnfinished(_ reading: FileReading) -> TrackedFile? {
        let (file, reader) = (reading.file, reading.reader)
        if now - file.lastBytes < config.rotateWait { return file }
        once("unfinished \(file.content.place.bytes)", of: file) { log in
            let place = ("line", "\(file.content.place.lines + 1)")
            if reader.splitLines > file.content.place.lines + 1 {
                log.warning(
                    "A quote that opens a field in this line or the next is not closed so far: "
                        + "\(reader.splitLines - file.content.place.lines) lines are in it and wait", place)
            } else if reader.input.compression != .none {
                log.info("The compressed data is cut off so far: the rest is waited for", place)
            } else {
                log.info("The last line has no line break so far: it is kept until it has", place)
            }
        }
        return nil
    }

    private func tellHole(_ reading: FileReading) {
        once("hole", of: reading.file) { log in
            log.warning(
                "The file begins with zero bytes, which a writer leaves that goes on where it was after the file was cut off: "
                    + "they are passed over. Have it append")
        }
    }

    /// Says at the end of a run what waits for the next one.
    func tellKept() {
        for file in opened.values where file.reading?.reader.hasRest == true && config.follow {
            let bytes = file.reading?.reader.restBytes ?? 0
            log(file).info(
                "The last line has no line break: its \(bytes) bytes are kept for the next run",
                ("line", "\(file.content.place.lines + 1)"))
        }
    }

    private func giveUp(
        _ file: TrackedFile, _ message: String, _ source: [UInt8], _ batch: inout RecordBatch
    ) throws {
        try unsafe source.withUnsafeBytes { try unsafe batch.appendRejected($0, .rejected(message)) }
        batch.mark(file.position)
        watched[ObjectIdentifier(file)] = nil
        close(file)
        file.state = .ended
    }

    private func rejectRest(_ reading: FileReading, _ why: String, _ batch: inout RecordBatch) throws {
        let line = reading.reader.place.lines + 1
        try unsafe reading.reader.unfinished.withUnsafeBytes {
            try unsafe batch.appendRejected($0, .rejected("\(reading.path):\(line): \(why)"))
        }
        batch.mark(reading.file.position)
    }

    /// Closes the files that rest the longest, so that another can be opened.
    func makeRoom() {
        if opened.count >= openLimit { closeOldest(max(1, openLimit / 4)) }
    }

    func closeOldest(_ count: Int) {
        for file in opened.values.sorted(by: { $0.lastUse < $1.lastUse }).prefix(count) {
            let isUnfinished = file.reading?.isInTurn == true || file.lostName != nil
            close(file)
            if isUnfinished { enqueue(file) }
        }
    }
}
