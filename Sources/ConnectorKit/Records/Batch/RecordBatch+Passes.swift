extension RecordBatch {
    /// Edits every deliverable record that is not set aside, in order.
    ///
    /// A record for which `body` answers false is dropped. One for which it throws is rejected at the stage
    /// ``Stage/transformation``, and the pass goes on.
    ///
    /// - Throws: ``BatchFull`` alone; the record at which it was found is rejected, those after it are untouched.
    @inlinable
    public mutating func edit(_ body: (RecordEditor) throws -> Bool) throws {
        let count = arena.recordCount
        var index = 0
        while index < count {
            if arena.records[index].flags.isDisjoint(with: .unvisited) {
                do {
                    if try !body(RecordEditor(self, index)) { arena.withhold(index, .dropped) }
                } catch {
                    try reject(index, thrown: error)
                }
                if !arena.trouble.isEmpty { try settle(index) }
            }
            index &+= 1
        }
    }

    /// Edits one record, also one that is set aside, dropped or rejected.
    ///
    /// - Throws: what `body` throws; ``BatchFull`` when an edit found no room, and the record is rejected.
    @inlinable
    public mutating func edit(at index: Int, _ body: (RecordEditor) throws -> Void) throws {
        checkIndex(index)
        defer { arena.trouble = [] }
        try body(RecordEditor(self, index))
        if !arena.trouble.isEmpty { try settle(index) }
    }

    /// Visits the deliverable records in order.
    @inlinable
    public borrowing func forEach(_ body: (Record) throws -> Void) rethrows {
        let count = arena.recordCount
        var index = 0
        while index < count {
            if arena.records[index].flags.isDisjoint(with: .withheld) { try body(Record(self, index)) }
            index &+= 1
        }
    }

    /// Hides the deliverable records for which `body` answers true from edit passes, until ``takeBackAll()``.
    @inlinable
    public mutating func setAside(where body: (Record) -> Bool) {
        let count = arena.recordCount
        var index = 0
        while index < count {
            if arena.records[index].flags.isDisjoint(with: .unvisited), body(Record(self, index)) {
                arena.records[index].flags.insert(.aside)
            }
            index &+= 1
        }
    }

    /// Ends what ``setAside(where:)`` began.
    public mutating func takeBackAll() {
        for index in 0..<arena.recordCount { arena.records[index].flags.remove(.aside) }
    }

    @usableFromInline
    func checkIndex(_ index: Int) { check(index) }

    @usableFromInline @inline(never)
    mutating func reject(_ index: Int, thrown error: any Error) throws {
        if error is BatchFull {
            arena.trouble = []
            throw error
        }
        let reason = error as? ConnectorError ?? .rejected(String(describing: error))
        reject(index, Rejection(recordIndex: index, stage: .transformation, error: reason))
    }

    /// Reports what did not fit, and forgets it.
    @usableFromInline @inline(never)
    mutating func settle(_ index: Int) throws {
        let trouble = arena.trouble
        arena.trouble = []
        let full = BatchFull(limit: unsafe arena.header.pointee.limit)
        let reason = trouble.contains(.full) ? full.description : Self.depthMessage
        reject(index, Rejection(recordIndex: index, stage: .transformation, error: .rejected(reason)))
        if trouble.contains(.full) { throw full }
    }

    static var depthMessage: String { "The value is nested deeper than \(Arena.maximumDepth) levels." }
}
