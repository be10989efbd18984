internal import CRecords
import Glibc

/// The storage of one batch, as a handle: its ``RecordBatch`` owns it, views borrow it.
///
/// Safe to hold as long as the batch lives, which the views' lifetimes ensure.
@safe @frozen @usableFromInline
struct Arena {
    @usableFromInline let header: UnsafeMutablePointer<ArenaHeader>

    /// Readable and writable bytes after the text, so that loads and stores of a whole register need no check.
    @usableFromInline static var padding: Int { 64 }
    /// Node 0 stands for a missing value; node 1 takes writes that found no room.
    @usableFromInline static var firstNode: Int { 2 }
    @usableFromInline static var scratch: UInt32 { 1 }
    @inlinable @inline(__always)
    static var nameSlots: Int { 64 }
    static var maximumDepth: Int { 512 }
    /// Offsets have 32 bits; the rest is room for a register past the end.
    static var maximumLimit: Int { Int(UInt32.max) - 4096 }

    init(bytes: Int, limit: Int) {
        let limit = min(max(limit, 0), Self.maximumLimit)
        unsafe header = .allocate(capacity: 1)
        unsafe header.initialize(to: ArenaHeader(bytes: min(max(bytes, 64), limit), limit: limit))
    }

    func destroy() {
        freeRetired()
        unsafe header.pointee.text.deallocate()
        unsafe header.pointee.nodes.deallocate()
        unsafe header.pointee.records.deallocate()
        unsafe header.pointee.names.deallocate()
        unsafe header.deinitialize(count: 1)
        unsafe header.deallocate()
    }

    func reset() {
        freeRetired()
        unsafe header.pointee.textCount = 0
        unsafe header.pointee.nodeCount = Self.firstNode
        unsafe header.pointee.recordCount = 0
        unsafe header.pointee.names.update(repeating: NameSlot(), count: Self.nameSlots)
        unsafe header.pointee.trouble = []
        unsafe header.pointee.withheldCount = 0
        unsafe header.pointee.parsedNodeCount = 0
        unsafe header.pointee.topicLength = 0
        unsafe header.pointee.hasLineBreaks = false
        unsafe header.pointee.schemas.removeAll(keepingCapacity: true)
    }

    func freeRetired() {
        while let buffer = unsafe header.pointee.retired.popLast() { unsafe buffer.deallocate() }
    }
}

extension Arena {
    @inlinable @inline(__always)
    var text: ArenaText { unsafe ArenaText(UnsafePointer(header.pointee.text)) }
    @inlinable @inline(__always)
    var nodes: NodeTable { unsafe NodeTable(header.pointee.nodes) }
    @inlinable @inline(__always)
    var records: RecordTable { unsafe RecordTable(header.pointee.records) }
    @inlinable @inline(__always)
    var textCount: Int { unsafe header.pointee.textCount }
    @inlinable @inline(__always)
    var nodeCount: Int { unsafe header.pointee.nodeCount }
    @inlinable @inline(__always)
    var recordCount: Int { unsafe header.pointee.recordCount }
    @inlinable @inline(__always)
    var trouble: Trouble {
        get { unsafe header.pointee.trouble }
        nonmutating set { unsafe header.pointee.trouble = newValue }
    }

    /// The first newline of a span of the text.
    func newline(from start: Int, to end: Int) -> Int? {
        guard start < end, let found = unsafe memchr(text.start + start, 0x0a, end - start) else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(text.start)
    }

    /// Remembers whether what was read of the records from the one at `first` on has line breaks within.
    ///
    /// Writers copy what was read; with breaks in it they leave those out, since a record is one line.
    func noteLineBreaks(inRecordsFrom first: Int) {
        for index in first..<recordCount {
            if unsafe header.pointee.hasLineBreaks { return }
            let place = text.from(Int(records[index].sourceOffset))
            unsafe header.pointee.hasLineBreaks = sluice_has_line_break(place.start, Int(records[index].sourceLength))
        }
    }

    /// Takes over that texts of another arena, which now stand here, have line breaks.
    @inline(__always)
    func noteLineBreaks(of other: Arena) {
        if unsafe other.header.pointee.hasLineBreaks { unsafe header.pointee.hasLineBreaks = true }
    }

    /// Calls `body` while the byte at `place`, which may be right after the text, is a newline.
    func withNewline<R>(at place: Int, _ body: () -> R) -> R {
        let byte = unsafe header.pointee.text[place]
        unsafe header.pointee.text[place] = UInt8(ascii: "\n")
        defer { unsafe header.pointee.text[place] = byte }
        return body()
    }

    @inlinable @inline(__always)
    func buffer(_ node: UInt32) -> UnsafeBufferPointer<UInt8> {
        unsafe text.buffer(nodes[node].offset, nodes[node].length)
    }
}

/// How far an arena was filled: what a failed call goes back to.
struct ArenaFill {
    let text: Int
    let nodes: Int
    let records: Int
    var withheld = 0
    var parsedNodes = 0
}

extension Arena {
    var fill: ArenaFill {
        unsafe ArenaFill(
            text: header.pointee.textCount, nodes: header.pointee.nodeCount, records: header.pointee.recordCount,
            withheld: header.pointee.withheldCount, parsedNodes: header.pointee.parsedNodeCount)
    }

    /// Takes back what was appended since `fill`. Names written since are forgotten too.
    func roll(back fill: ArenaFill) {
        if fill.text < textCount {
            unsafe header.pointee.names.update(repeating: NameSlot(), count: Self.nameSlots)
            unsafe header.pointee.topicLength = 0
        }
        unsafe header.pointee.textCount = fill.text
        unsafe header.pointee.nodeCount = fill.nodes
        unsafe header.pointee.recordCount = fill.records
        unsafe header.pointee.withheldCount = fill.withheld
        unsafe header.pointee.parsedNodeCount = fill.parsedNodes
        trouble = []
    }
}
