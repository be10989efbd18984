/// Says which of a fixed list of names a member has, however long the list is.
///
/// It tries first the name that followed in the object before, so objects of one shape cost one comparison a member.
struct NameIndex: ~Copyable {
    struct Entry {
        let pattern: NamePattern
        /// The place whose member followed in the object before.
        var follower: Int
    }

    /// Fewer names are looked through one by one.
    private static let fewest = 8

    private(set) var entries: ContiguousArray<Entry> = []
    /// The place expected first.
    private var first = 0
    /// The place found last; negative before the first.
    private var last = -1
    /// Places by the names' hash, -1 where there is none; empty for a few names. Its size is a power of two.
    private var table: ContiguousArray<Int32> = []

    init(_ names: some Collection<FieldName>) {
        entries.reserveCapacity(names.count)
        for (place, name) in names.enumerated() {
            entries.append(Entry(pattern: NamePattern(name), follower: place + 1 < names.count ? place + 1 : 0))
        }
        if entries.count > Self.fewest { fillTable() }
    }

    /// Of names that repeat the first is found alone.
    private mutating func fillTable() {
        var size = 32
        while size < entries.count * 4 { size *= 2 }
        table = ContiguousArray(repeating: -1, count: size)
        for place in entries.indices {
            let name = entries[place].pattern.name
            var slot = unsafe NameHash.slot(NameHash.of(name.bytes), of: size)
            while table[slot] >= 0, entries[Int(table[slot])].pattern.name != name { slot = (slot + 1) & (size - 1) }
            if table[slot] < 0 { table[slot] = Int32(truncatingIfNeeded: place) }
        }
    }

    /// Begins another object.
    @inline(__always)
    mutating func begin() { last = -1 }

    /// The place of a member's name; nil when it is none of the list.
    @inline(__always)
    mutating func place(of node: Node, _ arena: Arena) -> Int? {
        let guess = last < 0 ? first : entries.span[last].follower
        if guess < entries.count, entries.span[guess].pattern.isShort(node, in: arena.text) {
            last = guess
            return guess
        }
        guard let place = Self.search(node, entries.span, table.span, arena) else { return nil }
        if last < 0 { first = place } else { entries[last].follower = place }
        last = place
        return place
    }

    @inline(never)
    private static func search(_ node: Node, _ entries: Span<Entry>, _ table: Span<Int32>, _ arena: Arena) -> Int? {
        if table.isEmpty {
            for place in entries.indices where arena.matches(node, entries[place].pattern) { return place }
            return nil
        }
        guard node.hasClearName else { return searchUnescaped(node, entries, table, arena) }
        let hash = NameHash.of(arena.text.from(Int(node.nameOffset)), Int(node.nameLength))
        return find(hash, entries, table) { $0.isShort(node, in: arena.text) }
    }

    private static func searchUnescaped(
        _ node: Node, _ entries: Span<Entry>, _ table: Span<Int32>, _ arena: Arena
    ) -> Int? {
        let text = unsafe arena.text.buffer(node.nameOffset, UInt32(truncatingIfNeeded: arena.nameLength(node)))
        func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
            unsafe Self.find(NameHash.of(bytes), entries, table) { unsafe $0.name.bytes.elementsEqual(bytes) }
        }
        guard node.flags.contains(.nameEscaped) else { return unsafe find(text) }
        return unsafe JSONEscape.withUnescaped(text) { unsafe find($0) }
    }

    @inline(__always)
    private static func find(
        _ hash: UInt64, _ entries: Span<Entry>, _ table: Span<Int32>, _ isEqual: (NamePattern) -> Bool
    ) -> Int? {
        var slot = NameHash.slot(hash, of: table.count)
        while true {
            let place = Int(table[slot])
            if place < 0 { return nil }
            if isEqual(entries[place].pattern) { return place }
            slot = (slot + 1) & (table.count - 1)
        }
    }
}

/// A hash of all bytes of a name.
enum NameHash {
    /// - Parameter text: Followed by bytes that may be read.
    @inline(__always)
    static func of(_ text: ArenaText, _ count: Int) -> UInt64 {
        var hash = start(count)
        var index = 0
        while index &+ 8 <= count {
            hash = step(hash, text.word64(at: index))
            index &+= 8
        }
        let rest = UInt64(truncatingIfNeeded: count &- index)
        return rest == 0 ? hash : step(hash, text.word64(at: index) & ((1 &<< (rest &* 8)) &- 1))
    }

    static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = start(bytes.count)
        var index = 0
        while index < bytes.count {
            var word: UInt64 = 0
            for place in 0..<min(8, bytes.count - index) {
                word |= unsafe UInt64(bytes[index + place]) << UInt64(place * 8)
            }
            hash = step(hash, word)
            index += 8
        }
        return hash
    }

    /// A place in a table whose size is a power of two: the upper bits, which depend on all of the name's.
    @inline(__always)
    static func slot(_ hash: UInt64, of size: Int) -> Int {
        Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: size.leadingZeroBitCount &+ 1))
    }

    @inline(__always)
    private static func start(_ count: Int) -> UInt64 { UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15 }

    @inline(__always)
    private static func step(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let mixed = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        return mixed ^ (mixed &>> 32)
    }
}
