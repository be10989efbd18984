internal import CRecords

/// Makes records of an indexed piece of text.
struct RecordWalk {
    private let walk: TokenWalk
    private let framing: Framing
    /// Whether the text ends with the piece.
    private let isLast: Bool

    /// How far a walk came.
    struct Outcome {
        /// Where the first value stands that was not read; nil when all were. Counted from the start of the piece.
        var stop: Int?
        /// Newlines between the values read.
        var newlines = 0
    }

    init(_ walk: TokenWalk, _ framing: Framing, isLast: Bool) {
        self.walk = walk
        self.framing = framing
        self.isLast = isLast
    }

    @inline(never)
    func run() -> Outcome {
        var walk = walk
        var outcome = Outcome()
        var gap = 0
        while walk.token < walk.tokenCount {
            let start = Int(walk.tokens[walk.token])
            let firstNode = walk.nextNode
            if start != gap && framing == .lines { outcome.newlines &+= Self.newlines(walk.text, gap, start) }
            guard let root = walk.readValue(), let next = self.next(after: root, in: walk) else {
                walk.discard(firstNode)
                outcome.stop = start
                break
            }
            append(root, in: walk)
            gap = next
            outcome.newlines &+= next <= walk.length ? 1 : 0
        }
        walk.commit()
        if outcome.stop == nil && gap < walk.length && framing == .lines {
            outcome.newlines &+= Self.newlines(walk.text, gap, walk.length)
        }
        return outcome
    }

    /// Where the next value may begin; nil when this one must not end here.
    @inline(__always)
    private func next(after root: UInt32, in walk: TokenWalk) -> Int? {
        let end = Int(walk.nodes[root].jsonEnd &- walk.bias)
        if framing == .lines {
            return walk.text[end] == UInt8(ascii: "\n") ? end &+ 1 : Self.nextLine(walk.text, end, walk.length)
        }
        return isLast || end < walk.length ? end : nil
    }

    @inline(__always)
    private func append(_ root: UInt32, in walk: TokenWalk) {
        var record = RecordMeta()
        record.value = root
        record.flags = .source
        record.sourceOffset = walk.nodes[root].jsonStart
        record.sourceLength = walk.nodes[root].jsonEnd &- walk.nodes[root].jsonStart
        walk.arena.append(record)
    }

    @inline(never)
    private static func newlines(_ text: ArenaText, _ from: Int, _ to: Int) -> Int {
        unsafe sluice_count_newlines(text.start + from, to - from)
    }

    @inline(never)
    private static func nextLine(_ text: ArenaText, _ from: Int, _ length: Int) -> Int? {
        var place = from
        while place < length && text[place] != UInt8(ascii: "\n") {
            guard JSONScanner.isSpace(text[place]) else { return nil }
            place += 1
        }
        return place + 1
    }
}
