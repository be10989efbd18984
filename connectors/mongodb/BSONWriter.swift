/// The types of BSON elements that are written or read here (bsonspec.org, version 1.1).
enum BSONType {
    static let double: UInt8 = 0x01
    static let string: UInt8 = 0x02
    static let document: UInt8 = 0x03
    static let array: UInt8 = 0x04
    static let binary: UInt8 = 0x05
    static let undefined: UInt8 = 0x06
    static let objectID: UInt8 = 0x07
    static let bool: UInt8 = 0x08
    static let date: UInt8 = 0x09
    static let null: UInt8 = 0x0A
    static let regex: UInt8 = 0x0B
    static let pointer: UInt8 = 0x0C
    static let code: UInt8 = 0x0D
    static let symbol: UInt8 = 0x0E
    static let scopedCode: UInt8 = 0x0F
    static let int32: UInt8 = 0x10
    static let timestamp: UInt8 = 0x11
    static let int64: UInt8 = 0x12
    static let decimal128: UInt8 = 0x13
    static let minKey: UInt8 = 0xFF
    static let maxKey: UInt8 = 0x7F
}

/// BSON in one buffer that grows as needed and is meant to be reused.
@safe
struct BSONWriter: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    /// The bytes written.
    private(set) var count = 0

    init(capacity: Int = 1 << 12) {
        self.capacity = max(capacity, 64)
        unsafe start = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe start.deallocate() }

    /// Forgets what was written from `count` on, and keeps the memory.
    mutating func truncate(to count: Int = 0) { self.count = min(count, self.count) }

    /// Gives memory back that an unusual document needed.
    mutating func shrink(to limit: Int) {
        guard capacity > limit, count == 0 else { return }
        unsafe start.deallocate()
        capacity = limit
        unsafe start = .allocate(byteCount: limit, alignment: 16)
    }

    mutating func put(_ byte: UInt8) {
        reserve(1)
        unsafe start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    mutating func put(_ number: Int32) { store(number.littleEndian) }
    mutating func put(_ number: Int64) { store(number.littleEndian) }
    mutating func put(_ number: UInt64) { store(number.littleEndian) }
    /// Two numbers as they stand in memory.
    mutating func put(_ first: UInt32, _ second: UInt64) {
        store(first)
        store(second)
    }

    mutating func put(_ number: Double) { store(number.bitPattern.littleEndian) }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe (start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func put(_ text: StaticString) {
        unsafe put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Begins a document or an array; the result goes to ``close(_:)``.
    mutating func open() -> Int {
        put(Int32(0))
        return count - 4
    }

    /// Ends the document or array that ``open()`` began.
    mutating func close(_ place: Int) {
        put(UInt8(0))
        end(place)
    }

    /// Ends what ``open()`` began without the NUL at the end of a document, as of code with its scope.
    mutating func end(_ place: Int) {
        let length = Int32(truncatingIfNeeded: count - place)
        unsafe start.storeBytes(of: length.littleEndian, toByteOffset: place, as: Int32.self)
    }

    /// Writes over a byte that is there.
    mutating func replace(at place: Int, with byte: UInt8) {
        precondition(place >= 0 && place < count, "BSON replaced beyond its end")
        unsafe start.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
    }

    /// Writes over bytes that are there.
    mutating func replace(at place: Int, with bytes: [UInt8]) {
        precondition(place >= 0 && place + bytes.count <= count, "BSON replaced beyond its end")
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe (start + place).copyMemory(from: from, byteCount: source.count)
        }
    }

    /// Writes again what stands at a range, and gives the new place.
    mutating func repeating(_ range: Range<Int>) -> Range<Int> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "BSON repeated from beyond its end")
        let place = count
        reserve(range.count)
        unsafe (start + place).copyMemory(from: start + range.lowerBound, byteCount: range.count)
        count += range.count
        return place..<count
    }

    /// The bytes of a range, which must not be kept.
    func withBytes<R>(_ range: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        let range = range ?? 0..<count
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "BSON read beyond its end")
        return unsafe body(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
    }

    private mutating func store<Number: BitwiseCopyable>(_ number: Number) {
        reserve(MemoryLayout<Number>.size)
        unsafe start.storeBytes(of: number, toByteOffset: count, as: Number.self)
        count += MemoryLayout<Number>.size
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let place = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe place.copyMemory(from: start, byteCount: count)
        unsafe start.deallocate()
        unsafe start = place
        capacity = larger
    }
}

extension BSONWriter {
    /// Begins an element of a constant name.
    mutating func element(_ type: UInt8, _ name: StaticString) {
        put(type)
        put(name)
        put(UInt8(0))
    }

    /// Begins an element of an array.
    mutating func element(_ type: UInt8, _ index: Int) {
        put(type)
        var place = 1
        while index / place >= 10 { place *= 10 }
        while place > 0 {
            put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: index / place % 10))
            place /= 10
        }
        put(UInt8(0))
    }

    /// A text element.
    mutating func add(_ name: StaticString, _ text: String) {
        element(BSONType.string, name)
        putText(text)
    }

    /// A text element of a name that is no constant, and holds no NUL.
    mutating func add(named name: String, _ text: String) {
        put(BSONType.string)
        var name = name
        name.withUTF8 { unsafe put(UnsafeRawBufferPointer($0)) }
        put(UInt8(0))
        putText(text)
    }

    mutating func add(_ name: StaticString, _ number: Int64) {
        element(BSONType.int64, name)
        put(number)
    }

    mutating func add(_ name: StaticString, _ number: Int32) {
        element(BSONType.int32, name)
        put(number)
    }

    mutating func add(_ name: StaticString, _ flag: Bool) {
        element(BSONType.bool, name)
        put(UInt8(flag ? 1 : 0))
    }

    mutating func add(_ name: StaticString, bytes: [UInt8], type: UInt8) {
        element(type, name)
        unsafe bytes.withUnsafeBytes { unsafe put($0) }
    }

    /// The payload of a text: its length, its bytes, a NUL.
    mutating func putText(_ text: String) {
        var text = text
        text.withUTF8 { unsafe putText(UnsafeRawBufferPointer($0)) }
    }

    mutating func putText(_ text: UnsafeRawBufferPointer) {
        put(Int32(truncatingIfNeeded: text.count + 1))
        unsafe put(text)
        put(UInt8(0))
    }

    /// A document element.
    mutating func object(_ name: StaticString, _ build: (inout BSONWriter) -> Void) {
        element(BSONType.document, name)
        let place = open()
        build(&self)
        close(place)
    }

    /// The bytes as an array of their own.
    func array() -> [UInt8] { unsafe withBytes { unsafe Array($0) } }

    /// A whole document.
    static func document(_ build: (inout BSONWriter) -> Void) -> [UInt8] {
        var writer = BSONWriter(capacity: 256)
        let place = writer.open()
        build(&writer)
        writer.close(place)
        return writer.array()
    }
}
