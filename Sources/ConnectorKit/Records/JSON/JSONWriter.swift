/// Writes records as JSON into a buffer of its own, which grows as needed and is meant to be reused.
@safe
public struct JSONWriter: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// The bytes written.
    public private(set) var count = 0

    /// Makes an empty writer.
    ///
    /// - Parameter capacity: The room for text at first, in bytes.
    public init(capacity: Int = 1 << 16) {
        self.capacity = max(capacity, 256)
        unsafe start = .allocate(capacity: self.capacity)
    }

    deinit { unsafe start.deallocate() }

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() { count = 0 }

    /// Writes the value of every deliverable record, each on a line of its own.
    ///
    /// - Returns: How many there were.
    public mutating func writeLines(_ batch: borrowing RecordBatch) -> Int {
        let arena = batch.arena
        let records = arena.records
        var lines = 0
        var emitter = JSONEmitter(arena: arena, output)
        for index in 0..<arena.recordCount where records[index].flags.isDisjoint(with: .withheld) {
            emitter.write(records[index].value)
            emitter.newline()
            lines &+= 1
        }
        take(emitter.buffer)
        return lines
    }

    /// Writes a value; null for a missing one.
    public mutating func write(_ value: borrowing Value) {
        var emitter = JSONEmitter(arena: value.arena, output)
        if value.isName { emitter.writeName(of: value.node) } else { emitter.write(value.node) }
        take(emitter.buffer)
    }

    /// Writes a byte.
    public mutating func writeByte(_ byte: UInt8) {
        reserve(1)
        unsafe start[count] = byte
        count += 1
    }

    /// Writes text as it is.
    public mutating func write(_ text: StaticString) {
        unsafe write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes bytes as they are.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Calls `body` with what was written, which must not be kept after it returns.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }

    private mutating func reserve(_ more: Int) {
        guard capacity - count < more else { return }
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe larger.update(from: start, count: count)
        unsafe start.deallocate()
        unsafe start = larger
    }

    private var output: OutputBuffer { unsafe OutputBuffer(start: start, count: count, capacity: capacity) }

    private mutating func take(_ buffer: OutputBuffer) {
        unsafe start = buffer.start
        capacity = buffer.capacity
        count = buffer.count
    }
}
