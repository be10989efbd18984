import Synchronization

/// Names that come from data, such as those of a table's columns: they are kept for as long as the list is, and freed with it.
///
/// Whoever keeps one of its names keeps the list too. Any thread.
@safe
public final class FieldNames: @unchecked Sendable {
    // `@unchecked`: the texts are constant.
    private let texts: UnsafeMutablePointer<UInt8>
    private let names: [FieldName]

    /// Copies the texts, in their order.
    public init(_ texts: some Sequence<String>) {
        let texts = texts.map { Array($0.utf8) }
        let start = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, texts.reduce(0) { $0 + $1.count }))
        var end = unsafe start
        names = texts.map { text in
            for (index, byte) in text.enumerated() { unsafe (end + index).initialize(to: byte) }
            defer { unsafe end += text.count }
            return unsafe FieldName(
                start: UnsafePointer(end), count: text.count, identity: FieldNameIdentity.next())
        }
        unsafe self.texts = start
    }

    deinit { unsafe texts.deallocate() }

    /// How many names there are.
    public var count: Int { names.count }

    /// The name in this place, from 0; it must not be used once the list is gone.
    @unsafe
    public subscript(_ place: Int) -> FieldName { names[place] }
}

/// Numbers names that are not kept for ever; no address is so high.
private enum FieldNameIdentity {
    private static let last = Atomic<UInt64>(1 << 63)

    static func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}
