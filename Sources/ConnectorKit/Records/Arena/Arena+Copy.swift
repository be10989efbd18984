// Deep copies, without recursion: source and copy are walked in step, and parents lead back up.
extension Arena {
    /// A copy of a tree of this arena, not linked anywhere; texts are shared. The scratch node when there is no room
    /// or it would stand deeper than allowed below `depth` containers.
    func copyTree(_ root: UInt32, below depth: Int) -> UInt32 {
        copyTree(root, of: self, below: depth) { $0 }
    }

    /// A copy of a tree of another arena, texts included; 0 for 0.
    func copyTree(_ root: UInt32, of other: Arena, below depth: Int = 0) -> UInt32 {
        guard root != 0 else { return 0 }
        noteLineBreaks(of: other)
        var mover = TextMover(from: other, to: self)
        return copyTree(root, of: other, below: depth) { mover.move($0) }
    }

    @inline(__always)
    private func copyTree(
        _ root: UInt32, of other: Arena, below depth: Int, _ move: (Node) -> Node
    ) -> UInt32 {
        var place = CopyPlace(node: root, depth: depth)
        while true {
            guard place.depth < Self.maximumDepth || !other.nodes[place.node].tag.isContainer else { return tooDeep() }
            place.copy = copyNode(place, isRoot: place.node == root, move(other.nodes[place.node]))
            if place.copy == Self.scratch { return Self.scratch }
            if place.top == 0 { place.top = place.copy }
            guard place.advance(in: other, copies: self, root: root) else { return place.top }
        }
    }

    @inline(__always)
    private func copyNode(_ place: CopyPlace, isRoot: Bool, _ moved: Node) -> UInt32 {
        var node = moved.detached(parent: place.parent)
        if isRoot { node.flags.subtract([.source, .nameEscaped]) }
        let copy = make(node)
        if !isRoot { link(copy, to: place.parent) }
        return copy
    }
}

/// A node in a tree and its place in the copy.
private struct CopyPlace {
    var node: UInt32
    /// Containers around the copy.
    var depth: Int
    var copy: UInt32 = 0
    var parent: UInt32 = 0
    var top: UInt32 = 0

    init(node: UInt32, depth: Int) {
        self.node = node
        self.depth = depth
    }

    /// Goes to the next node in document order; false at the end of the tree.
    @inline(__always)
    mutating func advance(in source: Arena, copies: Arena, root: UInt32) -> Bool {
        let nodes = source.nodes
        if nodes[node].tag.isContainer && nodes[node].firstChild != 0 {
            parent = copy
            depth += 1
            node = nodes[node].firstChild
            return true
        }
        while node != root && nodes[node].next == 0 {
            node = nodes[node].parent
            parent = copies.nodes[parent].parent
            depth -= 1
        }
        guard node != root else { return false }
        node = nodes[node].next
        return true
    }
}

/// Moves texts from one arena to another, whole spans at a time.
private struct TextMover {
    private let source: Arena
    private let target: Arena
    /// The span copied last, and how far it moved.
    private var start: UInt32 = 0
    private var end: UInt32 = 0
    private var distance: UInt32 = 0

    init(from source: Arena, to target: Arena) {
        self.source = source
        self.target = target
    }

    mutating func move(_ node: Node) -> Node {
        var moved = node
        let isWhole = node.hasSpan
        if isWhole && node.flags.contains(.source) {
            carry(from: node.nameOffset &- 1, to: node.jsonEnd)
            moved.nameOffset = node.nameOffset &+ distance
            moved.offset = node.offset &+ distance
            return moved
        }
        moved.flags.remove(.source)
        moved.nameOffset = 0
        let nameLength = UInt32(truncatingIfNeeded: source.nameLength(node))
        if nameLength != 0 {
            carry(from: node.nameOffset, to: node.nameOffset &+ nameLength &+ 1)
            moved.nameOffset = node.nameOffset &+ distance
        }
        if isWhole && node.length != 0 {
            carry(from: node.offset, to: node.offset &+ node.length)
            moved.offset = node.offset &+ distance
        } else if isWhole {
            // An empty text stands anywhere, but within the target.
            moved.offset = 0
        }
        return moved
    }

    /// Sees to it that the span stands in the target. Without room `trouble` is set and nothing moves.
    private mutating func carry(from: UInt32, to: UInt32) {
        if from >= start && to <= end { return }
        let span = unsafe source.text.buffer(from, to &- from)
        guard let bytes = span.baseAddress, let offset = unsafe target.append(bytes, span.count) else { return }
        start = from
        end = to
        distance = offset &- from
    }
}
