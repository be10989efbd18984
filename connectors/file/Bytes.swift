/// Sole owner of some memory.
@safe struct Bytes: ~Copyable {
    private(set) var all: UnsafeMutableRawBufferPointer

    init(count: Int) { unsafe all = .allocate(byteCount: count, alignment: 16) }

    deinit { unsafe all.deallocate() }

    /// Makes room for `count` bytes; what was in it is gone when it had less.
    mutating func reserve(_ count: Int) {
        guard unsafe all.count < count else { return }
        unsafe all.deallocate()
        unsafe all = .allocate(byteCount: count, alignment: 16)
    }
}
