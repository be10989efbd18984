/// Finds the frames (lines, JSON values, CSV rows) of a text that arrives in pieces.
///
/// The caller keeps the bytes: it shows everything not yet used, oldest first, drops what a step says is used, and shows
/// the rest again with more behind it. A splitter looks at each byte once and keeps none, but for the first bytes of a
/// frame over the limit.
public protocol Splitter: Sendable {
    /// Lines finished so far.
    var lineCount: Int { get }

    /// Looks for the next frame.
    /// - Parameters:
    ///   - bytes: The bytes not yet used, after `from`.
    ///   - from: Where in `bytes` the unused ones begin.
    ///   - atEnd: Whether nothing follows `bytes`; then what is left counts as a last frame.
    mutating func next(in bytes: UnsafeRawBufferPointer, from: Int, atEnd: Bool) -> SplitStep
}

/// What a ``Splitter`` found.
public enum SplitStep: Sendable, Hashable {
    /// A whole frame: the place of its bytes, the line it begins in counted from 1, and the first byte after it.
    case frame(content: Range<Int>, line: Int, next: Int)
    /// A frame over the limit, skipped: its first bytes, its line, and the first byte after it.
    case oversized(OversizedFrame, line: Int, next: Int)
    /// No whole frame is left; the bytes from this place on must be shown again.
    case more(keepFrom: Int)
}

/// A frame too large to keep.
public struct OversizedFrame: Sendable, Hashable {
    /// How many of its first bytes are kept at most.
    public static let startBytes = 1024

    /// Its first bytes.
    public private(set) var start: [UInt8] = []
    /// Its whole length.
    public private(set) var byteCount: Int64 = 0

    mutating func add(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        let room = Self.startBytes - start.count
        if room > 0 { unsafe start.append(contentsOf: bytes[range].prefix(room)) }
        byteCount += Int64(range.count)
    }
}

/// The part all splitters share: how far an unfinished frame was searched, and skipping one that is too large.
struct FrameSearch: Sendable {
    let maximumBytes: Int
    /// Bytes of the unfinished frame that were looked at and kept.
    private(set) var searched = 0
    private var skipped: OversizedFrame?

    init(maximumBytes: Int) { self.maximumBytes = max(1, maximumBytes) }

    /// Whether a frame has begun and not ended.
    var isInsideFrame: Bool { searched > 0 || skipped != nil }

    /// Ends the frame at `content.upperBound`; the next step begins at `next`.
    mutating func finish(_ bytes: UnsafeRawBufferPointer, _ content: Range<Int>, line: Int, next: Int) -> SplitStep {
        defer { self = FrameSearch(maximumBytes: maximumBytes) }
        guard skipped != nil || content.count > maximumBytes else {
            return .frame(content: content, line: line, next: next)
        }
        var frame = skipped ?? OversizedFrame()
        unsafe frame.add(bytes, content)
        return .oversized(frame, line: line, next: next)
    }

    /// Waits for more of the frame that begins at `start`, or lets its bytes go once it is over the limit.
    mutating func wait(_ bytes: UnsafeRawBufferPointer, from start: Int, tolerance: Int = 0) -> SplitStep {
        guard skipped != nil || bytes.count - start > maximumBytes + tolerance else {
            searched = bytes.count - start
            return .more(keepFrom: start)
        }
        var frame = skipped ?? OversizedFrame()
        unsafe frame.add(bytes, start..<bytes.count)
        skipped = frame
        searched = 0
        return .more(keepFrom: bytes.count)
    }
}
