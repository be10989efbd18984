internal import CRecords

/// Writes the trees of one arena. Iterative: parents lead back up, so depth costs no stack.
@safe
struct JSONEmitter {
    private let text: ArenaText
    private let nodes: NodeTable
    private let arena: Arena
    private(set) var start: UnsafeMutablePointer<UInt8>
    private var out: UnsafeMutablePointer<UInt8>
    /// ``margin`` bytes before the end of the buffer.
    private var limit: UnsafeMutablePointer<UInt8>

    /// Room for a copy's slack and for whatever small follows it.
    private static var margin: Int { 160 }

    init(arena: Arena, start: UnsafeMutablePointer<UInt8>, count: Int, capacity: Int) {
        self.arena = arena
        text = arena.text
        nodes = arena.nodes
        unsafe self.start = start
        unsafe out = start + count
        unsafe limit = start + (capacity - Self.margin)
    }

    var count: Int { unsafe out - start }
    var capacity: Int { unsafe limit - start + Self.margin }

    /// Makes room for `more` bytes and the margin.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if unsafe limit - out < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let used = count
        let next = max(capacity * 2, used + more + 2 * Self.margin)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: next)
        unsafe larger.update(from: start, count: used)
        unsafe start.deallocate()
        unsafe start = larger
        unsafe out = larger + used
        unsafe limit = larger + (next - Self.margin)
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        unsafe out.pointee = byte
        unsafe out += 1
    }

    @inline(__always)
    mutating func newline() { put(UInt8(ascii: "\n")) }

    @inline(__always)
    private mutating func copy(_ offset: UInt32, _ count: Int) {
        reserve(count)
        unsafe sluice_copy(out, text.start + Int(offset), count)
        unsafe out += count
    }

    @inline(__always)
    private mutating func quote(_ offset: UInt32, _ count: Int) {
        reserve(count)
        unsafe out.pointee = UInt8(ascii: "\"")
        unsafe sluice_copy(out + 1, text.start + Int(offset), count)
        unsafe out += count &+ 1
        put(UInt8(ascii: "\""))
    }

    mutating func writeName(of node: UInt32) { quote(nodes[node].nameOffset, arena.nameLength(nodes[node])) }
}

extension JSONEmitter {
    /// Writes a tree; unedited parts are copied, neighbours at once.
    mutating func write(_ root: UInt32) {
        guard isOpen(root) else { return writeWhole(root) }
        var place = Place(container: root, child: nodes[root].firstChild, isObject: nodes[root].tag == .object)
        open(place)
        while true {
            if place.child == 0 {
                close(place)
                if place.container == root { return }
                ascend(&place)
            } else {
                step(&place)
            }
        }
    }

    private struct Place {
        var container: UInt32
        var child: UInt32
        var isObject: Bool
        /// Source text that is to be copied, up to here.
        var runStart: UInt32 = 0
        var runEnd: UInt32 = 0
    }

    /// Whether a node must be written child by child.
    @inline(__always)
    private func isOpen(_ node: UInt32) -> Bool {
        nodes[node].tag.isContainer && !nodes[node].flags.contains(.clean)
    }

    @inline(__always)
    private mutating func step(_ place: inout Place) {
        let child = place.child
        let isOpen = isOpen(child)
        if nodes[child].flags.contains(.source) && !isOpen { return extendRun(&place) }
        flushRun(&place)
        if place.isObject {
            writeName(of: child)
            put(UInt8(ascii: ":"))
        }
        if isOpen {
            place = Place(container: child, child: nodes[child].firstChild, isObject: nodes[child].tag == .object)
            return open(place)
        }
        writeWhole(child)
        put(UInt8(ascii: ","))
        place.child = nodes[child].next
    }

    @inline(__always)
    private mutating func extendRun(_ place: inout Place) {
        let child = place.child
        let start = nodes[child].nameOffset &- 1
        if place.runEnd == 0 || start != place.runEnd &+ 1 {
            flushRun(&place)
            place.runStart = start
        }
        place.runEnd = nodes[child].jsonEnd
        place.child = nodes[child].next
    }

    @inline(__always)
    private mutating func flushRun(_ place: inout Place) {
        guard place.runEnd != 0 else { return }
        copy(place.runStart, Int(place.runEnd &- place.runStart))
        put(UInt8(ascii: ","))
        place.runEnd = 0
    }

    @inline(__always)
    private mutating func open(_ place: Place) {
        reserve(0)
        put(place.isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    @inline(__always)
    private mutating func close(_ place: Place) {
        if place.runEnd != 0 {
            copy(place.runStart, Int(place.runEnd &- place.runStart))
        } else if nodes[place.container].firstChild != 0 {
            unsafe out -= 1
        }
        reserve(0)
        put(place.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    @inline(__always)
    private mutating func ascend(_ place: inout Place) {
        put(UInt8(ascii: ","))
        let parent = nodes[place.container].parent
        let next = nodes[place.container].next
        place = Place(container: parent, child: next, isObject: nodes[parent].tag == .object)
    }
}

extension JSONEmitter {
    /// Writes a scalar or an unedited container.
    @inline(__always)
    private mutating func writeWhole(_ node: UInt32) {
        let length = Int(nodes[node].length)
        switch nodes[node].tag {
        case .string where !nodes[node].flags.contains(.raw): quote(nodes[node].offset, length)
        case .string: quoteEscaping(node)
        case .number, .array, .object: copy(nodes[node].offset, length)
        case .bytes: quoteBase64(node)
        case .missing, .null, .false, .true, .int, .uint, .double: writeScalar(node)
        }
    }

    @inline(__always)
    private mutating func writeScalar(_ node: UInt32) {
        reserve(NumberText.longest)
        unsafe out = NumberText.write(nodes[node], to: out)
    }

    @inline(never)
    private mutating func quoteEscaping(_ node: UInt32) {
        let bytes = unsafe arena.buffer(node)
        reserve(bytes.count * JSONEscape.longest)
        put(UInt8(ascii: "\""))
        if let source = bytes.baseAddress { unsafe out = JSONEscape.write(source, bytes.count, to: out) }
        put(UInt8(ascii: "\""))
    }

    @inline(never)
    private mutating func quoteBase64(_ node: UInt32) {
        let bytes = unsafe arena.buffer(node)
        reserve(bytes.count / 3 * 4 + 4)
        put(UInt8(ascii: "\""))
        for index in stride(from: 0, to: bytes.count, by: 3) { unsafe putBase64(group(bytes, at: index)) }
        put(UInt8(ascii: "\""))
    }

    private func group(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (bits: UInt32, count: Int) {
        let count = min(3, bytes.count - index)
        var bits: UInt32 = 0
        for place in 0..<count { bits |= unsafe UInt32(bytes[index + place]) << UInt32(16 - 8 * place) }
        return (bits, count)
    }

    private mutating func putBase64(_ group: (bits: UInt32, count: Int)) {
        for place in 0..<4 {
            let digit = UInt8(truncatingIfNeeded: group.bits >> UInt32(18 - 6 * place)) & 63
            put(place <= group.count ? Self.base64Letter(digit) : UInt8(ascii: "="))
        }
    }

    private static func base64Letter(_ digit: UInt8) -> UInt8 {
        switch digit {
        case 0..<26: UInt8(ascii: "A") + digit
        case 26..<52: UInt8(ascii: "a") + digit - 26
        case 52..<62: UInt8(ascii: "0") + digit - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
