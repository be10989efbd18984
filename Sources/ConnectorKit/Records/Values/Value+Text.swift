extension Value {
    /// Calls `body` with a string's text in UTF-8, without a copy unless it holds escapes; nil for anything else.
    ///
    /// The bytes must not be kept after `body` returns.
    @inlinable
    public func withUTF8<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
        guard tag == .string else { return nil }
        if isName || arena.nodes[node].flags.contains(.escaped) { return try unsafe withUnescapedUTF8(body) }
        return try unsafe body(arena.buffer(node))
    }

    @usableFromInline @inline(never)
    func withUnescapedUTF8<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R {
        let bytes = unsafe isName ? arena.nameBuffer(node) : arena.buffer(node)
        let isEscaped = arena.nodes[node].flags.contains(isName ? .nameEscaped : .escaped)
        return try unsafe isEscaped ? JSONEscape.withUnescaped(bytes, body) : body(bytes)
    }

    /// Calls `body` with the bytes of a bytes value; nil for anything else.
    ///
    /// The bytes must not be kept after `body` returns.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        guard tag == .bytes else { return nil }
        return try unsafe body(UnsafeRawBufferPointer(arena.buffer(node)))
    }

    /// The text as it stands in the batch: JSON for a container that was read and not edited, number text, or the
    /// inside of a string with its escapes; empty when there is none.
    public var rawText: RawSpan {
        @_lifetime(copy self)
        get {
            let bytes = unsafe isName ? arena.nameBuffer(node) : arena.buffer(arena.nodes[node].hasSpan ? node : 0)
            let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes))
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    /// Whether ``rawText`` may have line breaks between its tokens, which ``JSONWriter`` leaves out; false for scalars.
    public var mayHaveLineBreaks: Bool { unsafe tag.isContainer && arena.header.pointee.hasLineBreaks }

    /// Where the value stands in the batch's text, in bytes; nil when it has none there of its own, as an
    /// edited container.
    public var location: Int? {
        let place = arena.nodes[node]
        if isName { return Int(place.nameOffset) }
        return !place.hasSpan || place.offset == 0 && place.length == 0 ? nil : Int(place.jsonStart)
    }

    /// The value as JSON; "null" for a missing one.
    public var jsonText: String {
        var writer = JSONWriter(capacity: 256)
        writer.write(self)
        return unsafe writer.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
