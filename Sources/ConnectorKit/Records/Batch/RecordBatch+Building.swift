// Every call leaves the batch as it was when it throws.
extension RecordBatch {
    /// Appends a record whose value is an object.
    ///
    /// A value nested deeper than 512 levels becomes a rejected record.
    ///
    /// - Throws: what `build` throws; ``BatchFull``.
    @inlinable
    public mutating func append(_ build: (borrowing ObjectBuilder) throws -> Void) throws {
        let root = beginRecord(.object)
        do {
            try build(ObjectBuilder(arena, root, depth: 1, of: self))
        } catch {
            abandonRecord()
            throw error
        }
        try endRecord(root)
    }

    /// Appends a record whose value is a scalar; ``JSONNull`` makes a tombstone.
    ///
    /// - Throws: ``BatchFull``.
    public mutating func append(value: borrowing some FieldValue) throws {
        let root = beginRecord(.null)
        value.write(to: ValueSlot(arena, root, of: ()))
        try endRecord(root)
    }

    /// Appends a record whose value is a string of UTF-8 text; text that is not UTF-8 becomes a rejected record, whose
    /// source text are these bytes.
    ///
    /// - Throws: ``BatchFull``.
    public mutating func append(text: UnsafeRawBufferPointer) throws {
        let start = arena.textCount
        let root = beginRecord(.null)
        guard unsafe !Arena.isUTF8(text) else {
            unsafe text.withMemoryRebound(to: UInt8.self) { unsafe arena.put(string: $0, at: root) }
            return try endRecord(root)
        }
        unsafe arena.put(bytes: text, at: root)
        try endRecord(root)
        rejectLast(source: start..<arena.textCount, .valueConverter, Self.noText)
    }

    /// Appends a record whose value is a string of UTF-8 text that is in the batch already, by
    /// ``appendText(minimum:_:)``; see ``append(text:)-(UnsafeRawBufferPointer)``.
    ///
    /// - Throws: ``BatchFull``.
    public mutating func append(text range: TextRange) throws {
        check(range)
        let root = beginRecord(.null)
        let isText = unsafe withText(range) { unsafe Arena.isUTF8($0) }
        if isText { arena.put(string: range, at: root) }
        try endRecord(root)
        guard !isText else { return }
        rejectLast(source: range.offset..<(range.offset + range.count), .valueConverter, Self.noText)
    }

    private static var noText: ConnectorError {
        .rejected("The text is not UTF-8.")
    }

    /// Appends a rejected record for bytes of which no record could be made; they are its source text, whatever they are.
    ///
    /// - Throws: ``BatchFull``.
    public mutating func appendRejected(
        _ source: UnsafeRawBufferPointer, stage: Stage = .valueConverter, _ error: ConnectorError
    ) throws {
        let start = arena.textCount
        let root = beginRecord(.null)
        unsafe arena.put(bytes: source, at: root)
        try endRecord(root)
        rejectLast(source: start..<arena.textCount, stage, error)
    }

    /// Appends a record whose value is a string of UTF-8 text; see ``append(text:)-(UnsafeRawBufferPointer)``.
    ///
    /// - Throws: ``BatchFull``.
    public mutating func append(text: RawSpan) throws {
        try unsafe text.withUnsafeBytes { try unsafe append(text: $0) }
    }

    private mutating func rejectLast(source text: Range<Int>, _ stage: Stage, _ error: ConnectorError) {
        let index = count - 1
        arena.records[index].value = 0
        arena.records[index].sourceOffset = UInt32(truncatingIfNeeded: text.lowerBound)
        arena.records[index].sourceLength = UInt32(truncatingIfNeeded: text.count)
        arena.records[index].flags.insert(.source)
        reject(index, Rejection(recordIndex: index, stage: stage, error: error))
    }

    /// The root of a record that ``endRecord(_:)`` will append, or ``abandonRecord()`` forget.
    @usableFromInline
    mutating func beginRecord(_ tag: Tag) -> UInt32 {
        unfinished = arena.fill
        return arena.make(Node(tag: tag))
    }

    @usableFromInline
    mutating func abandonRecord() { arena.roll(back: unfinished) }

    @usableFromInline
    mutating func endRecord(_ root: UInt32) throws {
        guard arena.trouble.isEmpty else { return try endTroubledRecord() }
        var record = RecordMeta()
        record.value = root
        arena.append(record)
    }

    @inline(never)
    private mutating func endTroubledRecord() throws {
        let trouble = arena.trouble
        abandonRecord()
        if trouble.contains(.full) { throw BatchFull(limit: unsafe arena.header.pointee.limit) }
        arena.append(RecordMeta())
        let index = count - 1
        reject(
            index, Rejection(recordIndex: index, stage: .valueConverter, error: .rejected(Self.depthMessage)))
    }
}

/// A span of a batch's text.
public struct TextRange: Sendable, Hashable {
    /// The first byte's place in the batch's text.
    public let offset: Int
    /// The length in bytes.
    public let count: Int

    /// Names a span.
    public init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }
}

extension RecordBatch {
    /// Appends text that `body` writes in place, as `read(2)` does; it makes no record.
    ///
    /// - Parameters:
    ///   - minimum: The least room `body` is given, in bytes; mostly it is more.
    ///   - body: Fills the room from its start and answers how many bytes it wrote.
    /// - Throws: what `body` throws; ``BatchFull``.
    public mutating func appendText(
        minimum: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> TextRange {
        let offset = arena.textCount
        guard arena.reserveText(minimum) else {
            arena.trouble = []
            throw BatchFull(limit: unsafe arena.header.pointee.limit)
        }
        let room = unsafe UnsafeMutableRawBufferPointer(
            start: arena.header.pointee.text + offset, count: arena.header.pointee.textCapacity - offset)
        let count = try unsafe body(room)
        precondition(count >= 0 && count <= room.count, "appendText wrote past its room")
        unsafe arena.header.pointee.textCount = offset + count
        return TextRange(offset: offset, count: count)
    }

    /// Calls `body` with a span of the batch's text, which must not be kept after it returns.
    public func withText<R>(_ range: TextRange, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        check(range)
        return try unsafe body(
            UnsafeRawBufferPointer(start: arena.header.pointee.text + range.offset, count: range.count))
    }

    /// Makes a span of the batch's text what ``withSourceText(_:_:)`` gives for a record: all of a message, with the white
    /// space around its value.
    public mutating func setSource(of index: Int, to text: TextRange) {
        check(index)
        check(text)
        arena.records[index].sourceOffset = UInt32(truncatingIfNeeded: text.offset)
        arena.records[index].sourceLength = UInt32(truncatingIfNeeded: text.count)
        arena.records[index].flags.insert(.source)
    }

    func check(_ range: TextRange) {
        precondition(
            range.offset >= 0 && range.count >= 0 && range.offset + range.count <= arena.textCount,
            "a text range of another batch, or of before a reset")
    }
}
