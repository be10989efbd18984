/// Rows in the text format of COPY, in memory of its own that grows and is reused.
///
/// The format is that of the section "File Formats: Text Format" of PostgreSQL's page on COPY: tabs between columns,
/// `\N` for null, a backslash before backslash, tab and line breaks.
@safe
struct CopyBuffer: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// The bytes so far.
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe start = .allocate(capacity: capacity)
    }

    deinit { unsafe start.deallocate() }

    /// Forgets what stands behind a place.
    mutating func truncate(to place: Int) {
        precondition(place >= 0 && place <= count, "a buffer is cut within what it holds")
        count = place
    }

    /// Calls `body` with the bytes so far, which must not be kept.
    func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe start[count] = byte
        count += 1
    }

    mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Writes text with its special characters escaped; false when it holds a NUL, which PostgreSQL cannot store.
    mutating func appendEscaped(_ text: UnsafeRawBufferPointer) -> Bool {
        reserve(2 * text.count + 8)
        var place = 0
        while place + 8 <= text.count {
            let word = unsafe text.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if Self.needsEscape(word) {
                for index in place..<place + 8 where !escape(unsafe text[index]) { return false }
            } else {
                unsafe UnsafeMutableRawPointer(start + count).storeBytes(of: word, as: UInt64.self)
                count &+= 8
            }
            place &+= 8
        }
        while place < text.count {
            if !escape(unsafe text[place]) { return false }
            place &+= 1
        }
        return true
    }

    /// Whether any of eight bytes is a backslash or below 14.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let other = word ^ (ones &* 0x5C)
        return ((word &- ones &* 0x0E) & ~word | (other &- ones) & ~other) & tops != 0
    }

    /// Writes a byte, escaped if need be, into room that is there; false for NUL.
    @inline(__always)
    private mutating func escape(_ byte: UInt8) -> Bool {
        var letter = byte
        switch byte {
        case 0: return false
        case UInt8(ascii: "\n"): letter = UInt8(ascii: "n")
        case UInt8(ascii: "\r"): letter = UInt8(ascii: "r")
        case UInt8(ascii: "\t"): letter = UInt8(ascii: "t")
        case UInt8(ascii: "\\"): break
        default:
            unsafe start[count] = byte
            count &+= 1
            return true
        }
        unsafe start[count] = UInt8(ascii: "\\")
        unsafe start[count &+ 1] = letter
        count &+= 2
        return true
    }

    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(by: more) }
    }

    private mutating func grow(by more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe larger.update(from: start, count: count)
        unsafe start.deallocate()
        unsafe start = larger
    }
}
