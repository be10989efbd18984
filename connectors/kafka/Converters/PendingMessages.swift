import ConnectorKit
import Glibc

/// What is kept of messages whose values stand in a batch's text until they are read all at once.
struct PendingMessages: ~Copyable {
    /// One message without its value.
    struct Entry {
        let topic: String
        let partition: Int32
        let offset: Int64
        let timestamp: Int64?
        /// Where the key is; nil without one.
        var key: Range<Int>?
        /// Its headers among all of them.
        var headers = 0..<0
        /// Whether it has headers beyond the names that are kept.
        var hasUnknownHeaders = false
    }

    struct Header {
        let name: FieldName
        /// Where the value is; nil for null.
        let value: Range<Int>?
    }

    private(set) var entries: [Entry] = []
    private(set) var headers: [Header] = []
    private var bytes: [UInt8] = []
    /// Where the values stand in the batch's text, a line each.
    private(set) var lines: TextRange?

    init() {
        entries.reserveCapacity(BatchLimit.records)
        bytes.reserveCapacity(1 << 14)
    }

    var count: Int { entries.count }

    /// Whether a value can wait: one that is a line, with no white space around it that the reader would leave out.
    static func canHold(_ value: UnsafeRawBufferPointer) -> Bool {
        let space = UInt8(ascii: " ")
        guard let first = unsafe value.first, let last = unsafe value.last, first > space, last > space else {
            return false
        }
        return unsafe value.baseAddress.flatMap { unsafe memchr($0, Int32(UInt8(ascii: "\n")), value.count) } == nil
    }

    /// Puts a value into the text.
    mutating func add(_ value: UnsafeRawBufferPointer, _ batch: inout RecordBatch) throws {
        let line = try unsafe batch.appendText(minimum: value.count + 1) { room in
            unsafe room.copyMemory(from: value)
            unsafe room[value.count] = UInt8(ascii: "\n")
            return value.count + 1
        }
        lines = lines.map { TextRange(offset: $0.offset, count: $0.count + line.count) } ?? line
    }

    /// Takes the rest of a message.
    mutating func add(_ entry: Entry, key: UnsafeRawBufferPointer?) {
        var entry = entry
        entry.key = unsafe key.map { unsafe keep($0) }
        entries.append(entry)
    }

    mutating func addHeader(_ name: FieldName, _ value: UnsafeRawBufferPointer?) {
        let place = unsafe value.map { unsafe keep($0) }
        headers.append(Header(name: name, value: place))
    }

    /// Calls `body` with bytes that were kept.
    func withBytes<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe bytes.withUnsafeBytes { try unsafe body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        headers.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        lines = nil
    }

    private mutating func keep(_ content: UnsafeRawBufferPointer) -> Range<Int> {
        let start = bytes.count
        unsafe bytes.append(contentsOf: content)
        return start..<bytes.count
    }
}
