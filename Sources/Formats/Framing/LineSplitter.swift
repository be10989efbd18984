import Glibc

/// Finds lines. A line ends in `\n` or `\r\n`, which are not part of it; empty lines count.
public struct LineSplitter: Splitter {
    /// Lines found so far.
    public private(set) var lineCount: Int
    private var search: FrameSearch

    /// Begins at the beginning of a line.
    /// - Parameters:
    ///   - maximumLineBytes: The longest line, in bytes without its end; at least 1.
    ///   - lineCount: Lines before this place, when the text is not read from its beginning.
    public init(maximumLineBytes: Int, lineCount: Int = 0) {
        search = FrameSearch(maximumBytes: maximumLineBytes)
        self.lineCount = lineCount
    }

    /// Looks for the next line; see ``Splitter``.
    public mutating func next(in bytes: UnsafeRawBufferPointer, from: Int, atEnd: Bool) -> SplitStep {
        if let end = unsafe bytes.lineFeed(from: from + search.searched) {
            return unsafe finishLine(bytes, from..<end, next: end + 1)
        }
        guard atEnd else { return unsafe search.wait(bytes, from: from, tolerance: 1) }  // its last byte may be the \r
        guard from < bytes.count || search.isInsideFrame else { return .more(keepFrom: from) }
        return unsafe finishLine(bytes, from..<bytes.count, next: bytes.count)
    }

    private mutating func finishLine(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>, next: Int) -> SplitStep {
        lineCount += 1
        let hasReturn = unsafe !line.isEmpty && bytes[line.upperBound - 1] == UInt8(ascii: "\r")
        let content = hasReturn ? line.lowerBound..<line.upperBound - 1 : line
        return unsafe search.finish(bytes, content, line: lineCount, next: next)
    }
}

extension UnsafeRawBufferPointer {
    /// The first line feed from `from` on.
    fileprivate func lineFeed(from: Int) -> Int? {
        guard from < count, let base = baseAddress else { return nil }
        guard let found = unsafe memchr(base + from, 0x0A, count - from) else { return nil }
        return unsafe UnsafeRawPointer(found) - base
    }
}
