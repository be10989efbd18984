internal import CRecords
import Glibc

/// Makes nodes of an indexed text. Copied into a local before it runs, so that it lives in registers.
///
/// Text places count from the start of the piece; `bias` leads from there to the arena's text. A newline stands after
/// the piece's last byte.
struct TokenWalk {
    let arena: Arena
    let text: ArenaText
    let nodes: NodeTable
    let tokens: TokenPlaces
    let tokenCount: Int
    let length: Int
    let bias: UInt32
    private let fault: Int
    private let maximumDepth: Int

    private(set) var token = 0
    private var nodeCount: UInt32
    /// The next backslash; past every string when there is none.
    private var backslash: Int

    /// The container being filled, 0 around the root; its newest child; and the node whose value comes next.
    private var parent: UInt32 = 0
    private var last: UInt32 = 0
    private var current: UInt32 = 0
    private var depth = 0
    private var isObject = false

    /// - Precondition: there is room for a node for each token.
    init(_ arena: Arena, at start: Int, length: Int, maximumDepth: Int, _ index: borrowing TokenIndex) {
        self.arena = arena
        text = arena.text.from(start)
        self.maximumDepth = maximumDepth
        nodes = arena.nodes
        tokens = index.tokens
        tokenCount = index.count
        self.length = length
        bias = UInt32(truncatingIfNeeded: start)
        fault = index.fault
        nodeCount = UInt32(truncatingIfNeeded: arena.nodeCount)
        backslash = index.hasBackslash ? Self.nextBackslash(text, from: 0, to: length) : .max
    }

    private enum Step {
        /// A value comes next.
        case value
        /// The value is read.
        case done
        case failed
    }

    /// Reads the next value; its root, or nil when it is not JSON.
    @inline(__always)
    mutating func readValue() -> UInt32? {
        let root = nodeCount
        nodeCount &+= 1
        nodes[root] = Node()
        current = root
        parent = 0
        last = 0
        depth = 0
        var step = Step.value
        while step == .value {
            step = readNode()
            if step == .done { step = readSeparators() }
        }
        return step == .done && Int(nodes[root].jsonEnd &- bias) <= fault ? root : nil
    }

    /// Makes the nodes read so far part of the arena.
    func commit() { unsafe arena.header.pointee.nodeCount = Int(nodeCount) }

    /// Forgets a value that failed.
    mutating func discard(_ node: UInt32) { nodeCount = node }

    var nextNode: UInt32 { nodeCount }

    // Returns `.value` when a container was opened whose first child comes next.
    @inline(__always)
    private mutating func readNode() -> Step {
        let place = tokens[token]
        token &+= 1
        let step: Step
        switch text[place] {
        case UInt8(ascii: "\""): step = readString(place)
        case UInt8(ascii: "{"): return openObject(place)
        case UInt8(ascii: "["): return openArray(place)
        case UInt8(ascii: "t"): step = readWord(place, .true, 0x6575_7274, skipping: 0, length: 4)
        case UInt8(ascii: "f"): step = readWord(place, .false, 0x6573_6c61, skipping: 1, length: 5)
        case UInt8(ascii: "n"): step = readWord(place, .null, 0x6c6c_756e, skipping: 0, length: 4)
        default: step = readNumber(place)
        }
        last = current
        return step
    }

    @inline(__always)
    private mutating func readSeparators() -> Step {
        while depth != 0 {
            switch text[tokens[token]] {
            case UInt8(ascii: ","):
                token &+= 1
                return nextChild()
            case isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"):
                closeContainer()
            default:
                return .failed
            }
        }
        return .done
    }
}

extension TokenWalk {
    @inline(__always)
    private mutating func openObject(_ place: UInt32) -> Step {
        guard enter(place, .object) else { return .failed }
        return text[tokens[token]] == UInt8(ascii: "}") ? .done : firstChild(readMember())
    }

    @inline(__always)
    private mutating func openArray(_ place: UInt32) -> Step {
        guard enter(place, .array) else { return .failed }
        return text[tokens[token]] == UInt8(ascii: "]") ? .done : firstChild(readElement())
    }

    @inline(__always)
    private mutating func enter(_ place: UInt32, _ tag: Tag) -> Bool {
        nodes[current].tag = tag
        nodes[current].flags.insert(.clean)
        nodes[current].offset = place &+ bias
        guard depth < maximumDepth else { return false }
        depth &+= 1
        parent = current
        last = 0
        isObject = tag == .object
        return true
    }

    @inline(__always)
    private mutating func closeContainer() {
        nodes[parent].length = tokens[token] &+ 1 &+ bias &- nodes[parent].offset
        nodes[parent].payload |= UInt64(last) &<< 32
        token &+= 1
        last = parent
        depth &-= 1
        parent = nodes[parent].parent
        isObject = nodes[parent].tag == .object
    }

    @inline(__always)
    private mutating func firstChild(_ step: Step) -> Step {
        nodes[parent].payload = UInt64(current)
        return step
    }

    @inline(__always)
    private mutating func nextChild() -> Step {
        nodes[last].next = nodeCount
        return isObject ? readMember() : readElement()
    }

    @inline(__always)
    private mutating func readElement() -> Step {
        current = nodeCount
        nodeCount &+= 1
        nodes[current] = Node(parent: parent)
        return .value
    }

    @inline(__always)
    private mutating func readMember() -> Step {
        let name = tokens[token]
        let colon = tokens[token &+ 1]
        guard text[name] == UInt8(ascii: "\""), text[colon] == UInt8(ascii: ":") else { return .failed }
        var flags = NodeFlags.source
        guard let end = stringEnd(name, before: colon, &flags, .nameEscaped) else { return .failed }
        token &+= 2
        current = nodeCount
        nodeCount &+= 1
        nodes[current] = Node(
            nameOffset: name &+ 1 &+ bias, nameLength: Node.shortLength(end &- Int(name) &- 1), flags: flags,
            parent: parent)
        return .value
    }
}

extension TokenWalk {
    @inline(__always)
    private mutating func readString(_ place: UInt32) -> Step {
        var flags = nodes[current].flags
        guard let end = stringEnd(place, before: tokens[token], &flags, .escaped) else { return .failed }
        nodes[current].tag = .string
        nodes[current].flags = flags
        nodes[current].offset = place &+ 1 &+ bias
        nodes[current].length = UInt32(truncatingIfNeeded: end &- Int(place) &- 1)
        return .done
    }

    /// The closing quote of the string at `place`: the last byte that is not white space before the next token.
    @inline(__always)
    private mutating func stringEnd(
        _ place: UInt32, before next: UInt32, _ flags: inout NodeFlags, _ escaped: NodeFlags
    ) -> Int? {
        var end = Int(next) &- 1
        while JSONScanner.isSpace(text[end]) { end &-= 1 }
        guard text[end] == UInt8(ascii: "\""), end > Int(place) else { return nil }
        if backslash < end {
            guard Self.escapesAreGood(text, from: backslash, to: end) else { return nil }
            flags.insert(escaped)
            backslash = Self.nextBackslash(text, from: end, to: length)
        }
        return end
    }

    @inline(never)
    private static func nextBackslash(_ text: ArenaText, from: Int, to length: Int) -> Int {
        guard from < length, let found = unsafe memchr(text.start + from, 0x5c, length - from) else { return .max }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(text.start)
    }

    @inline(never)
    private static func escapesAreGood(_ text: ArenaText, from: Int, to end: Int) -> Bool {
        var place = from
        while place < end {
            let length = JSONScanner.escapeLength(text, at: place)
            if length == 0 { return false }
            place += length
            while place < end && text[place] != UInt8(ascii: "\\") { place += 1 }
        }
        return place == end
    }

    @inline(__always)
    private func readWord(_ place: UInt32, _ tag: Tag, _ word: UInt32, skipping: Int, length: Int) -> Step {
        let start = Int(place)
        guard text.word32(at: start &+ skipping) == word, JSONScanner.endsScalar(text[start &+ length]) else {
            return .failed
        }
        nodes[current].tag = tag
        nodes[current].offset = place &+ bias
        nodes[current].length = UInt32(truncatingIfNeeded: length)
        return .done
    }

    @inline(__always)
    private func readNumber(_ place: UInt32) -> Step {
        var isFractional = false
        guard let end = JSONScanner.numberEnd(text, from: Int(place), &isFractional),
            JSONScanner.endsScalar(text[end])
        else { return .failed }
        nodes[current].tag = .number
        if isFractional { nodes[current].flags.insert(.fractional) }
        nodes[current].offset = place &+ bias
        nodes[current].length = UInt32(truncatingIfNeeded: end &- Int(place))
        return .done
    }
}
