import Formats

/// Whether a file still holds what was read of it, or another one holds a copy of that.
struct ContentCheck: ~Copyable {
    private let room = Bytes(count: Fingerprint.maximumBytes)

    /// Whether the bytes that `content` was read from are there.
    func holds(_ content: TrackedFile.Content, _ file: borrowing OpenFile) throws(FileFailure) -> Bool {
        if content.disk > 0, try file.status().size < content.disk { return false }
        if let head = content.head, try fingerprint(file, at: 0, head.byteCount) != head { return false }
        return try hasTail(content, file)
    }

    /// The last bytes before the place alone: a file that is open is cut off or written anew, but not another one.
    func hasTail(_ content: TrackedFile.Content, _ file: borrowing OpenFile) throws(FileFailure) -> Bool {
        guard let tail = content.tail else { return true }
        return try fingerprint(file, at: content.disk - Int64(tail.byteCount), tail.byteCount) == tail
    }

    /// Whether what was read of a record without an end is still there.
    func holds(rest reader: FrameReader) throws(FileFailure) -> Bool {
        let rest = reader.lastBytes
        if rest.isEmpty { return true }
        let place = reader.input.diskBytes - Int64(rest.count)
        let known = unsafe rest.withUnsafeBytes { unsafe Fingerprint(of: $0) }
        return try fingerprint(reader.input.file, at: place, rest.count) == known
    }

    /// Whether compressed text begins as the text that `content` was read from, up to its place.
    func holds(_ content: TrackedFile.Content, compressed input: inout FileInput) throws -> Bool {
        guard content.disk == content.place.bytes, let head = content.head, let tail = content.tail else {
            return false
        }
        guard try fingerprint(&input, head.byteCount) == head else { return false }
        let start = content.place.bytes - Int64(tail.byteCount)
        // Both overlap in a short text, of which the first bytes are all.
        if start < Int64(head.byteCount) { return try hasOverlappingTail(content, head, tail, &input) }
        let scratch = Bytes(count: FrameReader.piece)
        while try unsafe !input.advance(to: start, disk: 0, scratch: scratch.all) {}
        return try input.textBytes == start && fingerprint(&input, tail.byteCount) == tail
    }

    private func hasOverlappingTail(
        _ content: TrackedFile.Content, _ head: Fingerprint, _ tail: Fingerprint, _ input: inout FileInput
    ) throws -> Bool {
        let count = Int(content.place.bytes)
        let text = Bytes(count: count)
        unsafe text.all.copyMemory(from: UnsafeRawBufferPointer(rebasing: room.all[..<min(head.byteCount, count)]))
        var filled = min(head.byteCount, count)
        while filled < count {
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: text.all[filled..<count])
            let read = try unsafe input.read(into: piece, endsHere: false)
            if read == 0 { return false }
            filled += read
        }
        return unsafe Fingerprint(of: UnsafeRawBufferPointer(rebasing: text.all[(count - tail.byteCount)..<count]))
            == tail
    }

    /// Whether a file is a beginning of another, as a copy is while it is made, or of all that was read of it.
    func isBeginning(
        _ copy: borrowing OpenFile, of content: TrackedFile.Content, _ original: borrowing OpenFile
    ) throws(FileFailure) -> Bool {
        let end = min(try copy.status().size, content.disk)
        let count = Int(min(end, Int64(Fingerprint.maximumBytes)))
        return try fingerprint(copy, at: end - Int64(count), count)
            == fingerprint(original, at: end - Int64(count), count)
    }

    /// The fingerprints of the beginnings of a file of the lengths that are wanted, the longest first.
    func beginnings(_ file: borrowing OpenFile, _ isWanted: (Int) -> Bool) throws(FileFailure) -> [Fingerprint] {
        let count = try unsafe file.read(into: room.all, at: 0)
        return unsafe Fingerprint.beginnings(of: UnsafeRawBufferPointer(rebasing: room.all[..<count]), isWanted)
    }

    /// Those of the first bytes of compressed text.
    func beginnings(compressed input: inout FileInput, _ isWanted: (Int) -> Bool) throws -> [Fingerprint] {
        let count = try fill(&input, Fingerprint.maximumBytes)
        return unsafe Fingerprint.beginnings(of: UnsafeRawBufferPointer(rebasing: room.all[..<count]), isWanted)
    }

    /// Notes what is in the file around a place that was just read.
    func update(_ content: inout TrackedFile.Content, _ file: borrowing OpenFile) throws(FileFailure) {
        let count = Int(min(content.disk, Int64(Fingerprint.maximumBytes)))
        content.tail = try fingerprint(file, at: content.disk - Int64(count), count)
        if content.head?.byteCount != Fingerprint.maximumBytes { content.head = try fingerprint(file, at: 0, count) }
    }

    private func fingerprint(
        _ file: borrowing OpenFile, at place: Int64, _ count: Int
    ) throws(FileFailure) -> Fingerprint {
        let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: room.all[..<count])
        let read = try unsafe count == 0 ? 0 : file.read(into: piece, at: max(0, place))
        return unsafe Fingerprint(of: UnsafeRawBufferPointer(rebasing: piece[..<read]))
    }

    private func fingerprint(_ input: inout FileInput, _ count: Int) throws -> Fingerprint {
        let read = try fill(&input, count)
        return unsafe Fingerprint(of: UnsafeRawBufferPointer(rebasing: room.all[..<read]))
    }

    private func fill(_ input: inout FileInput, _ count: Int) throws -> Int {
        var filled = 0
        while filled < count {
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: room.all[filled..<count])
            let read = try unsafe input.read(into: piece, endsHere: false)
            if read == 0 { break }
            filled += read
        }
        return filled
    }
}
