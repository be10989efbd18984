/// Writes the trees of one arena. Iterative: parents lead back up, so depth costs no stack.
struct JSONEmitter {
    private let text: ArenaText
    private let nodes: NodeTable
    private let arena: Arena
    /// Whether what is copied may have line breaks, which are left out.
    private let hasLineBreaks: Bool
    private(set) var buffer: OutputBuffer
    private var place = Place()

    init(arena: Arena, _ buffer: OutputBuffer) {
        self.arena = arena
        text = arena.text
        nodes = arena.nodes
        hasLineBreaks = unsafe arena.header.pointee.hasLineBreaks
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
        enter(root)
        while true {
            let child = place.child
            if child != 0 && nodes[child].flags.contains(.source) && !isOpen(child) {
                extendRun(child)
                continue
            }
            flushRun()
            if child != 0 {
                writeChild(child)
            } else {
                close()
                if place.container == root { return }
                ascend()
            }
        }
    }

    private struct Place {
        var container: UInt32 = 0
        var child: UInt32 = 0
        var isObject = false
        /// Source text that is to be copied, up to `runEnd`; none when that is 0.
        var runStart: UInt32 = 0
        var runEnd: UInt32 = 0
    }

    /// Whether a node must be written child by child.
    @inline(__always)
    private func isOpen(_ node: UInt32) -> Bool { !nodes[node].hasSpan }

    @inline(__always)
    private mutating func enter(_ container: UInt32) {
        let isObject = nodes[container].tag == .object
        place = Place(container: container, child: nodes[container].firstChild, isObject: isObject)
        buffer.reserve(0)
        buffer.put(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    /// Adds a member to the text to be copied, which is written first when the member does not follow it at once.
    @inline(__always)
    private mutating func extendRun(_ child: UInt32) {
        let start = nodes[child].nameOffset &- 1
        if place.runEnd == 0 || start != place.runEnd &+ 1 {
            flushRun()
            place.runStart = start
        }
        place.runEnd = nodes[child].jsonEnd
        place.child = nodes[child].next
    }

    @inline(__always)
    private mutating func flushRun() {
        guard place.runEnd != 0 else { return }
        copyRead(place.runStart, Int(place.runEnd &- place.runStart))
        buffer.put(UInt8(ascii: ","))
        place.runEnd = 0
    }

    @inline(__always)
    private mutating func writeChild(_ child: UInt32) {
        if place.isObject {
            writeName(of: child)
            buffer.put(UInt8(ascii: ":"))
        }
        guard !isOpen(child) else { return enter(child) }
        writeWhole(child)
        buffer.put(UInt8(ascii: ","))
        place.child = nodes[child].next
    }

    @inline(__always)
    private mutating func close() {
        if nodes[place.container].firstChild != 0 { buffer.takeBackByte() }
        buffer.reserve(0)
        buffer.put(place.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    @inline(__always)
    private mutating func ascend() {
        buffer.put(UInt8(ascii: ","))
        let parent = nodes[place.container].parent
        let next = nodes[place.container].next
        place = Place(container: parent, child: next, isObject: nodes[parent].tag == .object)
    }

    /// Copies text that was read.
    @inline(__always)
    private mutating func copyRead(_ offset: UInt32, _ length: Int) {
        if hasLineBreaks {
            buffer = OutputBuffer.copyUnbroken(text, offset, length, in: buffer)
        } else {
            buffer.copy(text, offset, length)
        }
    }

    /// Writes a scalar or an unedited container.
    @inline(__always)
    private mutating func writeWhole(_ node: UInt32) {
        let offset = nodes[node].offset
        let length = Int(nodes[node].length)
        switch nodes[node].tag {
        case .string where !nodes[node].flags.contains(.raw): buffer.quote(text, offset, length)
        case .string: buffer = unsafe OutputBuffer.quoteEscaping(arena.buffer(node), in: buffer)
        case .number: buffer.copy(text, offset, length)
        case .array, .object: copyRead(offset, length)
        case .bytes: buffer = unsafe OutputBuffer.quoteBase64(arena.buffer(node), in: buffer)
        case .missing, .null, .false, .true, .int, .uint, .double: buffer = OutputBuffer.write(nodes[node], in: buffer)
        }
    }
}
