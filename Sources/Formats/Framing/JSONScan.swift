/// Follows strings and brackets through one JSON value at a time; stops and goes on at any byte.
struct JSONScan: Sendable {
    private enum Place {
        case start
        case string
        case escape
        case scalar
        case container
    }

    private static var stringSearch: ByteSearch { ByteSearch(0x22, 0x5C, 0x0A, 0x0A) }
    /// Brackets and braces become equal when bit 5 is set: 0x7B opens, 0x7D closes.
    private static var containerSearch: ByteSearch { ByteSearch(0x22, 0x0A, 0x7B, 0x7D, folding: 0x20) }

    /// Line feeds seen.
    var lineFeeds = 0
    private var place = Place.start
    private var depth = 0

    mutating func beginValue() {
        place = .start
        depth = 0
    }

    /// Goes on with the value at `from`; the place after its last byte, or nil when `bytes` ends first.
    mutating func valueEnd(in bytes: UnsafeRawBufferPointer, from: Int) -> Int? {
        var at = from
        while at < bytes.count {
            switch place {
            case .start: at = unsafe begin(bytes, at)
            case .string: at = unsafe skipString(bytes, at)
            case .escape:
                place = .string
                at += 1
            case .container: at = unsafe skipContainer(bytes, at)
            case .scalar:
                at = unsafe skipScalar(bytes, at)
                if at < bytes.count { return at }
            }
            if place == .start { return at }
        }
        return nil
    }

    /// The first byte decides what ends the value. A stray closing bracket is a value of its own, for its reader to refuse.
    private mutating func begin(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        switch unsafe bytes[at] {
        case UInt8(ascii: "\""): place = .string
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth = 1
            place = .container
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"): break
        default: place = .scalar
        }
        return at + 1
    }

    private mutating func skipString(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        let at = unsafe Self.stringSearch.place(in: bytes, from: from)
        guard at < bytes.count else { return at }
        switch unsafe bytes[at] {
        case 0x22: place = depth == 0 ? .start : .container
        case 0x5C: place = .escape
        default: lineFeeds += 1
        }
        return at + 1
    }

    private mutating func skipContainer(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        let at = unsafe Self.containerSearch.place(in: bytes, from: from)
        guard at < bytes.count else { return at }
        switch unsafe bytes[at] {
        case 0x22: place = .string
        case 0x0A: lineFeeds += 1
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        default: close()
        }
        return at + 1
    }

    private mutating func close() {
        depth -= 1
        if depth == 0 { place = .start }
    }

    private mutating func skipScalar(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        var at = from
        while at < bytes.count, unsafe !Self.endsScalar(bytes[at]) { at += 1 }
        return at
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, 0x22, 0x2C, 0x5B, 0x5D, 0x7B, 0x7D: true
        default: false
        }
    }
}
