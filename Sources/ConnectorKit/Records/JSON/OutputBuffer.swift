internal import CRecords

/// Where JSON is written to. Room is checked once for a piece and ``margin`` bytes more.
///
/// All calls that are not inlined take it by value: so it stays in registers.
@safe
struct OutputBuffer {
    private(set) var start: UnsafeMutablePointer<UInt8>
    var out: UnsafeMutablePointer<UInt8>
    /// ``margin`` bytes before the end.
    private var limit: UnsafeMutablePointer<UInt8>

    /// Room for a copy's slack and for whatever small follows it.
    private static var margin: Int { 160 }

    init(start: UnsafeMutablePointer<UInt8>, count: Int, capacity: Int) {
        unsafe self.start = start
        unsafe out = start + count
        unsafe limit = start + (capacity - Self.margin)
    }

    var count: Int { unsafe out - start }
    var capacity: Int { unsafe limit - start + Self.margin }

    /// Makes room for `more` bytes and the margin.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if unsafe limit - out < more { self = Self.grown(self, by: more) }
    }

    @inline(never)
    private static func grown(_ buffer: OutputBuffer, by more: Int) -> OutputBuffer {
        let used = buffer.count
        let capacity = max(buffer.capacity * 2, used + more + 2 * margin)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe larger.update(from: buffer.start, count: used)
        unsafe buffer.start.deallocate()
        return unsafe OutputBuffer(start: larger, count: used, capacity: capacity)
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        unsafe out.pointee = byte
        unsafe out += 1
    }

    @inline(__always)
    mutating func takeBackByte() { unsafe out -= 1 }

    @inline(__always)
    mutating func copy(_ text: ArenaText, _ offset: UInt32, _ count: Int) {
        reserve(count)
        unsafe sluice_copy(out, text.start + Int(offset), count)
        unsafe out += count
    }

    @inline(__always)
    mutating func quote(_ text: ArenaText, _ offset: UInt32, _ count: Int) {
        reserve(count)
        unsafe out.pointee = UInt8(ascii: "\"")
        unsafe sluice_copy(out + 1, text.start + Int(offset), count)
        unsafe out += count &+ 2
        unsafe out[-1] = UInt8(ascii: "\"")
    }
}

extension OutputBuffer {
    @inline(never)
    static func copyUnbroken(
        _ text: ArenaText, _ offset: UInt32, _ count: Int, in buffer: OutputBuffer
    ) -> OutputBuffer {
        var buffer = buffer
        buffer.reserve(count)
        unsafe buffer.out += sluice_copy_unbroken(buffer.out, text.start + Int(offset), count)
        return buffer
    }

    @inline(never)
    static func write(_ scalar: Node, in buffer: OutputBuffer) -> OutputBuffer {
        var buffer = buffer
        buffer.reserve(NumberText.longest)
        unsafe buffer.out = NumberText.write(scalar, to: buffer.out)
        return buffer
    }

    @inline(never)
    static func quoteEscaping(_ bytes: UnsafeBufferPointer<UInt8>, in buffer: OutputBuffer) -> OutputBuffer {
        var buffer = buffer
        buffer.reserve(bytes.count * JSONEscape.longest)
        buffer.put(UInt8(ascii: "\""))
        if let source = bytes.baseAddress {
            unsafe buffer.out = JSONEscape.write(source, bytes.count, to: buffer.out)
        }
        buffer.put(UInt8(ascii: "\""))
        return buffer
    }

    @inline(never)
    static func quoteBase64(_ bytes: UnsafeBufferPointer<UInt8>, in buffer: OutputBuffer) -> OutputBuffer {
        var buffer = buffer
        buffer.reserve(bytes.count / 3 * 4 + 4)
        buffer.put(UInt8(ascii: "\""))
        for index in stride(from: 0, to: bytes.count, by: 3) {
            let letters = unsafe Base64.group(bytes, at: index)
            buffer.put(letters.0)
            buffer.put(letters.1)
            buffer.put(letters.2)
            buffer.put(letters.3)
        }
        buffer.put(UInt8(ascii: "\""))
        return buffer
    }
}
