/// Writes the trees of one arena. Iterative: parents lead back up, so depth costs no stack.
struct JSONEmitter {
    private let text: ArenaText
    private let nodes: NodeTable
    private let arena: Arena
    private(set) var buffer: OutputBuffer

    init(arena: Arena, _ buffer: OutputBuffer) {
        self.arena = arena
        text = arena.text
        nodes = arena.nodes
        self.buffer = buffer
    }

    @inline(__always)
    mutating func newline() { buffer.put(UInt8(ascii: "\n")) }

    @inline(__always)
    mutating func writeName(of node: UInt32) {
        buffer.quote(text, nodes[node].nameOffset, arena.nameLength(nodes[node]))
    }

    /// Writes a tree; unedited parts are copied, neighbours at once.
    @inline(__always)
    mutating func write(_ root: UInt32) {
        guard isOpen(root) else { return writeWhole(root) }
        var place = Place(container: root, child: nodes[root].firstChild, isObject: nodes[root].tag == .object)
        open(place)
        while true {
            if place.child != 0 {
                step(&place)
            } else {
                close(place)
                if place.container == root { return }
                ascend(&place)
            }
        }
    }

    private struct Place {
        var container: UInt32
        var child: UInt32
        var isObject: Bool
        /// Source text that is to be copied, up to `runEnd`; none when that is 0.
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
            buffer.put(UInt8(ascii: ":"))
        }
        if isOpen {
            place = Place(container: child, child: nodes[child].firstChild, isObject: nodes[child].tag == .object)
            return open(place)
        }
        writeWhole(child)
        buffer.put(UInt8(ascii: ","))
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
        buffer.copy(text, place.runStart, Int(place.runEnd &- place.runStart))
        buffer.put(UInt8(ascii: ","))
        place.runEnd = 0
    }

    @inline(__always)
    private mutating func open(_ place: Place) {
        buffer.reserve(0)
        buffer.put(place.isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    @inline(__always)
    private mutating func close(_ place: Place) {
        if place.runEnd != 0 {
            buffer.copy(text, place.runStart, Int(place.runEnd &- place.runStart))
        } else if nodes[place.container].firstChild != 0 {
            buffer.takeBackByte()
        }
        buffer.reserve(0)
        buffer.put(place.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    @inline(__always)
    private mutating func ascend(_ place: inout Place) {
        buffer.put(UInt8(ascii: ","))
        let parent = nodes[place.container].parent
        let next = nodes[place.container].next
        place = Place(container: parent, child: next, isObject: nodes[parent].tag == .object)
    }

    /// Writes a scalar or an unedited container.
    @inline(__always)
    private mutating func writeWhole(_ node: UInt32) {
        let offset = nodes[node].offset
        let length = Int(nodes[node].length)
        switch nodes[node].tag {
        case .string where !nodes[node].flags.contains(.raw): buffer.quote(text, offset, length)
        case .string: buffer = unsafe OutputBuffer.quoteEscaping(arena.buffer(node), in: buffer)
        case .number, .array, .object: buffer.copy(text, offset, length)
        case .bytes: buffer = unsafe OutputBuffer.quoteBase64(arena.buffer(node), in: buffer)
        case .missing, .null, .false, .true, .int, .uint, .double: buffer.write(nodes[node])
        }
    }
}
