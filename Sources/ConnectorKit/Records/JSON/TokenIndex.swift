internal import CRecords

/// Where the tokens of a text stand; its buffer is kept between texts.
@safe
struct TokenIndex: ~Copyable {
    private var places: UnsafeMutablePointer<UInt32>
    private var capacity = 0
    private(set) var count = 0
    private(set) var newlines = 0
    /// The first byte that no string or no text may hold; `Int.max` when there is none.
    private(set) var fault = Int.max
    private(set) var hasBackslash = false
    private(set) var hasReturn = false

    init() { unsafe places = .allocate(capacity: 0) }

    deinit { unsafe places.deallocate() }

    var tokens: TokenPlaces { unsafe TokenPlaces(start: UnsafePointer(places)) }

    /// Indexes `length` bytes. The list ends with places that equal `length`, so that a look ahead needs no check.
    mutating func build(_ text: ArenaText, length: Int) {
        reserve(length + 128)
        let index = unsafe sluice_index_json(text.start, length, places)
        count = index.count
        newlines = index.newlines
        fault = index.fault
        hasBackslash = index.has_backslash
        hasReturn = index.has_return
        for place in count..<count + 4 { unsafe places[place] = UInt32(truncatingIfNeeded: length) }
    }

    private mutating func reserve(_ needed: Int) {
        guard capacity < needed else { return }
        unsafe places.deallocate()
        unsafe places = .allocate(capacity: needed)
        capacity = needed
    }
}

/// The token places of a ``TokenIndex``, valid until it is built again.
@safe
struct TokenPlaces {
    let start: UnsafePointer<UInt32>

    init(start: UnsafePointer<UInt32>) { unsafe self.start = start }

    @inline(__always)
    subscript(_ index: Int) -> UInt32 { unsafe start[index] }
}
