/// Records on their way from a source to a sink, and the sole owner of their storage.
///
/// A batch is moved, not copied, and is reset and reused. One thread at a time may use it, reading included.
///
/// All records live in one append-only arena: their JSON text and 32 bytes for each value. Numbers and strings stay
/// text until they are asked for, and what nobody edits is written out byte for byte.
public struct RecordBatch: ~Copyable, @unchecked Sendable {
    // `@unchecked`: the arena is reached through this value and its borrows only.
    @usableFromInline let arena: Arena
    private var rejected: [Rejection] = []
    private var lacksRejected = false
    /// Where the record being built began.
    var unfinished = ArenaFill(text: 0, nodes: 0, records: 0)
    /// How far the sources had read, in the order of the marks.
    public private(set) var marks: [PositionMark] = []

    /// Makes an empty batch.
    ///
    /// - Parameter bytes: The room for text at first; it grows as needed, to just under 4 GiB.
    public init(bytes: Int = 1 << 16) {
        arena = Arena(bytes: bytes, limit: Arena.maximumLimit)
    }

    /// Makes an empty batch that is full at fewer than 4 GiB.
    ///
    /// - Parameter limit: The most bytes of text, and the most values.
    @_spi(Testing)
    public init(bytes: Int = 1 << 16, limit: Int) {
        arena = Arena(bytes: bytes, limit: limit)
    }

    deinit { arena.destroy() }

    /// Empties the batch and keeps its memory.
    public mutating func reset() {
        arena.reset()
        rejected.removeAll(keepingCapacity: true)
        lacksRejected = false
        marks.removeAll(keepingCapacity: true)
    }

    /// The records in the batch, dropped and rejected ones included.
    public var count: Int { arena.recordCount }

    /// The records that are neither dropped nor rejected.
    public var deliverableCount: Int { unsafe arena.recordCount - arena.header.pointee.withheldCount }

    /// The bytes held for the records: what batch size limits compare with. Never shrinks before ``reset()``.
    public var byteCount: Int {
        let built = unsafe arena.nodeCount - Arena.firstNode - arena.header.pointee.parsedNodeCount
        return arena.textCount + built * 8
    }

    /// Whether the record is neither dropped nor rejected.
    public func isDeliverable(_ index: Int) -> Bool { flags(index).isDisjoint(with: .withheld) }

    /// Whether the record was filtered out.
    public func isDropped(_ index: Int) -> Bool { flags(index).contains(.dropped) }

    /// Any record, dropped and rejected ones included.
    public subscript(_ index: Int) -> Record {
        @_lifetime(borrow self)
        get {
            check(index)
            return Record(self, index)
        }
    }

    /// Notes that everything appended so far is covered by `position`.
    public mutating func mark(_ position: Position) {
        marks.append(PositionMark(recordCount: count, position: position))
    }

    /// Filters a record out; one that was rejected stays so.
    public mutating func drop(_ index: Int) {
        if flags(index).isDisjoint(with: .withheld) { arena.withhold(index, .dropped) }
    }

    /// Takes a record out of delivery because of an error; one that was dropped or rejected before stays as it is.
    ///
    /// The rejection counts for the record at `index`, whatever index it names.
    public mutating func reject(_ index: Int, _ rejection: Rejection) {
        guard flags(index).isDisjoint(with: .withheld) else { return }
        arena.withhold(index, .rejected)
        rejected.append(Rejection(recordIndex: index, stage: rejection.stage, error: rejection.error))
    }

    /// Why records were rejected, in the order in which they were.
    public var rejections: [Rejection] { rejected }

    /// Whether a record was rejected, here or in a batch that ``appendAll(from:)`` took without it.
    ///
    /// Until a flush such records may not be safe in the dead letter queue yet, so a sink that stores positions by itself
    /// before must not store those of this batch.
    public var hasRejections: Bool { lacksRejected || !rejected.isEmpty }

    mutating func noteLack() { lacksRejected = true }

    /// Puts a place, such as a file's name, before the messages of the records rejected from the one at `first` on.
    ///
    /// - Parameter end: The record before which to end; nil for the end of the batch.
    public mutating func locateRejections(from first: Int, to end: Int? = nil, at place: String) {
        for position in rejected.indices {
            let rejection = rejected[position]
            guard rejection.recordIndex >= first, rejection.recordIndex < end ?? .max else { continue }
            let error = rejection.error
            rejected[position] = Rejection(
                recordIndex: rejection.recordIndex, stage: rejection.stage,
                error: ConnectorError(
                    error.kind, "\(place): \(error.message)", detail: error.detail, retryAfter: error.retryAfter,
                    native: error.native))
        }
    }

    /// Calls `body` with the text a record was read from, without its newline; nil when it was built.
    ///
    /// The bytes must not be kept after `body` returns.
    public borrowing func withSourceText<R>(
        _ index: Int, _ body: (UnsafeRawBufferPointer?) throws -> R
    ) rethrows -> R {
        guard flags(index).contains(.source) else { return try body(nil) }
        let record = arena.records[index]
        return try unsafe body(UnsafeRawBufferPointer(arena.text.buffer(record.sourceOffset, record.sourceLength)))
    }

    /// Calls `body` with the bytes a record's key was read from; nil when its source kept none.
    ///
    /// The bytes must not be kept after `body` returns.
    public borrowing func withKeySource<R>(
        _ index: Int, _ body: (UnsafeRawBufferPointer?) throws -> R
    ) rethrows -> R {
        guard flags(index).contains(.keySource) else { return try body(nil) }
        let record = arena.records[index]
        return try unsafe body(
            UnsafeRawBufferPointer(arena.text.buffer(record.keySourceOffset, record.keySourceLength)))
    }

    private func flags(_ index: Int) -> RecordFlags {
        check(index)
        return arena.records[index].flags
    }

    func check(_ index: Int) {
        precondition(index >= 0 && index < count, "record index \(index) is out of 0..<\(count)")
    }

    /// Makes room for records that replace the one at `index`: what is counted behind it moves.
    mutating func shift(after index: Int, by distance: Int) {
        rejected = rejected.map { $0.recordIndex > index ? $0.moved(by: distance) : $0 }
        marks = marks.map { $0.recordCount > index ? $0.moved(by: distance) : $0 }
    }

    /// Forgets the records appended since `fill`.
    mutating func takeBack(to fill: ArenaFill) {
        arena.roll(back: fill)
        rejected.removeAll { $0.recordIndex >= fill.records }
    }

    mutating func append(_ mark: PositionMark) { marks.append(mark) }
}

/// A place in a source, and how many records of the batch it covers.
public struct PositionMark: Sendable, Hashable {
    /// The records of the batch, from the first on, that the position covers.
    public let recordCount: Int
    /// The place in the source.
    public let position: Position

    /// Says that `position` covers the first `recordCount` records.
    public init(recordCount: Int, position: Position) {
        self.recordCount = recordCount
        self.position = position
    }

    fileprivate func moved(by distance: Int) -> PositionMark {
        PositionMark(recordCount: recordCount + distance, position: position)
    }
}

extension Rejection {
    fileprivate func moved(by distance: Int) -> Rejection {
        Rejection(recordIndex: recordIndex + distance, stage: stage, error: error)
    }
}

extension Arena {
    @usableFromInline
    func withhold(_ record: Int, _ flag: RecordFlags) {
        records[record].flags.insert(flag)
        unsafe header.pointee.withheldCount += 1
    }
}
