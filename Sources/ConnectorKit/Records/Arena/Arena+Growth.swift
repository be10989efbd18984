internal import CRecords

// Room. A call that finds none sets `trouble` and answers false; the pass around it reports the failure.
extension Arena {
    /// Whether `count` more bytes of text fit, growing if they must.
    @inlinable @inline(__always)
    func reserveText(_ count: Int) -> Bool {
        unsafe header.pointee.textCapacity &- header.pointee.textCount >= count || growText(count)
    }

    /// Bytes that were handed out stay readable until the next reset.
    @usableFromInline @inline(never)
    func growText(_ count: Int) -> Bool {
        let used = textCount
        guard let capacity = grown(unsafe header.pointee.textCapacity, used: used, by: count) else { return false }
        let old = unsafe header.pointee.text
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.padding)
        unsafe new.update(from: old, count: used)
        if used == 0 { unsafe old.deallocate() } else { unsafe header.pointee.retired.append(old) }
        unsafe header.pointee.text = new
        unsafe header.pointee.textCapacity = capacity
        return true
    }

    /// Whether `count` more nodes fit, growing if they must.
    @inlinable @inline(__always)
    func reserveNodes(_ count: Int) -> Bool {
        unsafe header.pointee.nodeCapacity &- header.pointee.nodeCount >= count || growNodes(count)
    }

    @usableFromInline @inline(never)
    func growNodes(_ count: Int) -> Bool {
        let used = nodeCount
        guard let capacity = grown(unsafe header.pointee.nodeCapacity, used: used, by: count) else { return false }
        let new = UnsafeMutablePointer<Node>.allocate(capacity: capacity)
        unsafe new.update(from: header.pointee.nodes, count: used)
        unsafe header.pointee.nodes.deallocate()
        unsafe header.pointee.nodes = new
        unsafe header.pointee.nodeCapacity = capacity
        return true
    }

    /// Makes room for `count` more records. They are fewer than nodes and bytes, whose limit keeps them in bounds.
    @inlinable @inline(__always)
    func reserveRecords(_ count: Int) {
        if unsafe header.pointee.recordCapacity &- header.pointee.recordCount < count { growRecords(count) }
    }

    @usableFromInline @inline(never)
    func growRecords(_ count: Int) {
        let capacity = unsafe max(header.pointee.recordCapacity * 2, recordCount + count)
        let new = UnsafeMutablePointer<RecordMeta>.allocate(capacity: capacity)
        unsafe new.update(from: header.pointee.records, count: recordCount)
        unsafe header.pointee.records.deallocate()
        unsafe header.pointee.records = new
        unsafe header.pointee.recordCapacity = capacity
    }

    /// The next capacity; nil, and trouble, when `used + count` is over the limit.
    private func grown(_ capacity: Int, used: Int, by count: Int) -> Int? {
        let limit = unsafe header.pointee.limit
        let (needed, overflow) = used.addingReportingOverflow(count)
        if overflow || needed > limit {
            trouble.insert(.full)
            return nil
        }
        return max(needed, min(capacity * 2, limit))
    }
}

extension Arena {
    /// Appends bytes to the text; nil when they do not fit.
    @inline(__always)
    func append(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
        guard reserveText(count) else { return nil }
        let offset = textCount
        unsafe (header.pointee.text + offset).update(from: bytes, count: count)
        unsafe header.pointee.textCount = offset &+ count
        return UInt32(truncatingIfNeeded: offset)
    }

    /// Appends a node; the scratch node when there is no room.
    @inlinable @inline(__always)
    func make(_ node: Node) -> UInt32 {
        guard reserveNodes(1) else { return noRoom() }
        let index = UInt32(truncatingIfNeeded: nodeCount)
        nodes[index] = node
        unsafe header.pointee.nodeCount &+= 1
        return index
    }

    @usableFromInline @inline(never)
    func noRoom() -> UInt32 {
        nodes[Self.scratch] = Node()
        return Self.scratch
    }

    @inlinable @inline(__always)
    func append(_ record: RecordMeta) {
        reserveRecords(1)
        records[recordCount] = record
        unsafe header.pointee.recordCount &+= 1
    }
}
