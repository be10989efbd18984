/// Finds JSON values: the elements of arrays, or values one after the other.
///
/// Only strings and brackets are followed; whether a value is right is for its reader to say, so a frame can hold anything.
public struct JSONSplitter: Splitter {
    /// What counts as one value.
    public enum Framing: Sendable, Hashable {
        /// Every element of a top-level array; a top-level value that is not an array counts by itself.
        case elements
        /// Every top-level value, arrays too.
        case values
        /// ``elements`` if the text begins with `[`, else ``values``.
        case detected
    }

    /// What counts as one value; ``Framing/detected`` until the first byte of the first value was seen.
    public private(set) var framing: Framing
    /// Whether an array is open whose elements are being found; at the end of a text its `]` is missing.
    public private(set) var isInsideArray: Bool
    private var scan = JSONScan()
    private var search: FrameSearch
    private var valueLine = 0

    /// Begins between two values.
    /// - Parameters:
    ///   - maximumValueBytes: The longest value in bytes; at least 1.
    ///   - isInsideArray: Whether the text goes on inside an array, when it is not read from its beginning.
    ///   - lineCount: Lines before this place, when the text is not read from its beginning.
    public init(framing: Framing = .detected, maximumValueBytes: Int, isInsideArray: Bool = false, lineCount: Int = 0) {
        self.framing = framing
        self.isInsideArray = isInsideArray
        search = FrameSearch(maximumBytes: maximumValueBytes)
        scan.lineFeeds = lineCount
    }

    /// Lines finished so far.
    public var lineCount: Int { scan.lineFeeds }

    /// Looks for the next value; see ``Splitter``.
    public mutating func next(in bytes: UnsafeRawBufferPointer, from: Int, atEnd: Bool) -> SplitStep {
        var start = from
        if !search.isInsideFrame {
            start = unsafe skipBetween(bytes, from)
            guard start < bytes.count else { return .more(keepFrom: start) }
            valueLine = scan.lineFeeds + 1
            scan.beginValue()
        }
        let end = unsafe scan.valueEnd(in: bytes, from: start + search.searched)
        guard let end = end ?? (atEnd ? bytes.count : nil) else { return unsafe search.wait(bytes, from: start) }
        return unsafe search.finish(bytes, start..<end, line: valueLine, next: end)
    }

    /// Skips white space, and the brackets and commas of an array whose elements are wanted.
    private mutating func skipBetween(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        var at = from
        while at < bytes.count, unsafe isBetween(bytes[at]) { at += 1 }
        if at < bytes.count, framing == .detected { framing = .values }
        return at
    }

    private mutating func isBetween(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x0A: scan.lineFeeds += 1
        case 0x20, 0x09, 0x0D: break
        case UInt8(ascii: ",") where isInsideArray: break
        case UInt8(ascii: "]") where isInsideArray: isInsideArray = false
        case UInt8(ascii: "[") where !isInsideArray && framing != .values:
            framing = .elements
            isInsideArray = true
        default: return false
        }
        return true
    }
}
