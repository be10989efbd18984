import ConnectorKit
import Formats
import Glibc

/// Whole lines, JSON values or CSV rows of one file, a piece of it at a time.
final class FrameReader {
    /// Bytes read at once while frames are shorter than that.
    static let piece = BatchLimit.bytes
    /// What some editors put before UTF-8 text; no part of it.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Something found in the buffer of the last ``read(into:atEnd:)``.
    enum Frame {
        /// Text that begins in this line; with lines joined, all lines of a run.
        case text(Range<Int>, line: Int)
        /// A frame over the limit.
        case oversized(OversizedFrame, line: Int)
    }

    /// A place between two frames.
    struct Place: Equatable {
        var bytes: Int64 = 0
        var lines = 0
        var json = JSONPlace.start
    }

    /// What a reader of JSON must know to go on; kept in positions by these names.
    enum JSONPlace: String {
        case start
        case values
        case insideArray = "inside array"
        case betweenArrays = "between arrays"
    }

    var input: FileInput
    /// What the last read found.
    private(set) var frames: [Frame] = []
    /// The place behind the last frame found.
    private(set) var place: Place
    private var splitter: FrameSplitter
    private let joinsLines: Bool
    private var rest: [UInt8] = []
    private var isFull = false
    private var isBeginning: Bool
    private let expectsUTF8: Bool
    /// Zero bytes at the beginning that were passed over.
    private(set) var zeroBytes: Int64 = 0
    /// The place in the text of the first byte that the last read showed.
    private(set) var shownFrom: Int64 = 0
    private var goal: (text: Int64, disk: Int64)?

    /// - Parameters:
    ///   - disk: The place to begin at in the file itself.
    ///   - joinsLines: Whether neighbouring lines become one frame, for a reader that splits them itself.
    ///   - expectsUTF8: Whether text of another character set is refused.
    init(
        _ input: consuming FileInput, splitter: FrameSplitter, place: Place, disk: Int64, joinsLines: Bool,
        expectsUTF8: Bool = true
    ) {
        isBeginning = place.bytes == 0
        self.expectsUTF8 = expectsUTF8
        goal = place.bytes > 0 ? (place.bytes, disk) : nil
        self.input = input
        self.splitter = splitter
        self.place = place
        self.joinsLines = joinsLines
    }

    /// Bytes a buffer must have: twice what is left of an unfinished frame, so that a long one is copied few times.
    var room: Int { max(Self.piece, isFull ? rest.count : 2 * rest.count) }

    /// Whether an array of the text is open.
    var isInsideArray: Bool { splitter.jsonPlace == .insideArray }

    /// Goes on towards the place to begin at; false while there is some way left.
    func isInPlace(scratch: UnsafeMutableRawBufferPointer) throws -> Bool {
        guard let goal else { return true }
        guard try unsafe input.advance(to: goal.text, disk: goal.disk, scratch: scratch) else { return false }
        self.goal = nil
        return true
    }

    /// Whether some text was read that is no whole frame, or waits for a batch with room.
    var hasRest: Bool { !rest.isEmpty }
    /// Whether whole frames may be left that the last read had no room for.
    var mayHoldFrames: Bool { isFull }
    /// Bytes of text of the frame that has no end yet.
    var restBytes: Int { rest.count }

    /// The last bytes that were read and are in no frame yet; none where the text is decoded.
    var lastBytes: ArraySlice<UInt8> { expectsUTF8 ? rest.suffix(Fingerprint.maximumBytes) : [] }

    /// Lines that were looked at, those of a frame without its end among them.
    var splitLines: Int { splitter.lineCount }

    /// Where the place behind the last frame is in the file itself.
    func diskPlace() -> Int64 { input.diskPlace(of: place.bytes) }

    /// Reads the next piece and finds the frames in it.
    ///
    /// - Parameters:
    ///   - buffer: At least ``room`` bytes; the frames are places in it.
    ///   - limit: The most frames.
    ///   - endsHere: Whether the end of the file ends the last frame, and not only what was written of it so far.
    /// - Returns: The bytes of `buffer` that hold frames, and whether the file has no more.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, limit: Int = BatchLimit.records, endsHere: Bool
    ) throws -> (used: Int, isAtEnd: Bool) {
        let kept = rest.count
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
        let count = unsafe free.isEmpty ? 0 : try unsafe input.read(into: free, endsHere: endsHere)
        unsafe rest.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        let text = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
        let isAtEnd = unsafe count == 0 && !free.isEmpty
        shownFrom = input.textBytes - Int64(text.count)
        let start = isBeginning ? try unsafe passBeginning(text, atEnd: isAtEnd && endsHere) : 0
        let used = unsafe findFrames(text, from: start, limit, atEnd: isAtEnd && endsHere)
        return (used, isAtEnd && !isFull)
    }

    /// What is left behind the last frame and cannot be completed; for the report of a damaged file.
    var unfinished: [UInt8] { Array(rest.prefix(OversizedFrame.startBytes)) }

    /// Looks at how the text begins: passes over a mark, and over the zero bytes that a writer leaves before it when the file
    /// was cut off under it and it goes on where it was.
    /// - Returns: Where frames begin.
    private func passBeginning(_ text: UnsafeRawBufferPointer, atEnd: Bool) throws -> Int {
        if expectsUTF8, input.textBytes == Int64(text.count), let fault = unsafe WideText.fault(in: text) {
            throw fault
        }
        let zeros = unsafe text.firstIndex { $0 != 0 } ?? text.count
        zeroBytes += Int64(zeros)
        let hasMark = unsafe text[zeros...].starts(with: Self.byteOrderMark)
        let isOpen = unsafe !hasMark && !atEnd && Self.byteOrderMark.starts(with: text[zeros...])
        isBeginning = isOpen
        return hasMark ? zeros + Self.byteOrderMark.count : zeros
    }

    private func findFrames(
        _ text: UnsafeRawBufferPointer, from first: Int, _ limit: Int, atEnd: Bool
    ) -> Int {
        let start = input.textBytes - Int64(text.count)
        // Locals: each access to a class's own variables would be checked, for every line.
        var (splitter, found, place) = (splitter, FoundFrames(taking: &frames, joinsLines: joinsLines), place)
        var (at, used) = (first, 0)
        search: while found.count < limit {
            switch unsafe splitter.next(in: text, from: at, atEnd: atEnd) {
            case .frame(let content, let line, let next):
                found.add(content, line)
                (at, used) = (next, next)
            case .oversized(let frame, let line, let next):
                found.add(.oversized(frame, line: line))
                (at, used) = (next, next)
            case .more(let keepFrom):
                at = keepFrom
                break search
            }
            place = Place(bytes: start + Int64(at), lines: splitter.lineCount, json: splitter.jsonPlace)
        }
        (self.splitter, frames, isFull, self.place) = (splitter, found.frames, found.count == limit, place)
        rest.removeAll(keepingCapacity: rest.capacity <= 4 * Self.piece)
        unsafe rest.append(contentsOf: text[at...])
        return used
    }
}

/// The frames of one piece, gathered.
private struct FoundFrames {
    private(set) var frames: [FrameReader.Frame]
    /// Frames found, of which neighbouring lines may have been joined.
    private(set) var count = 0
    private let joinsLines: Bool

    /// Empties `frames` and goes on with its memory.
    init(taking frames: inout [FrameReader.Frame], joinsLines: Bool) {
        self.frames = []
        swap(&self.frames, &frames)
        self.frames.removeAll(keepingCapacity: true)
        self.joinsLines = joinsLines
    }

    mutating func add(_ content: Range<Int>, _ line: Int) {
        count += 1
        if joinsLines, case .text(let before, let first)? = frames.last {
            frames[frames.count - 1] = .text(before.lowerBound..<content.upperBound, line: first)
        } else {
            frames.append(.text(content, line: line))
        }
    }

    mutating func add(_ frame: FrameReader.Frame) {
        count += 1
        frames.append(frame)
    }
}

/// The splitter of a format.
enum FrameSplitter {
    case lines(LineSplitter)
    case json(JSONSplitter)
    case csv(CSVSplitter)

    init(_ format: SourceFormat, delimiter: UInt8, maximumBytes: Int, place: FrameReader.Place) {
        switch format {
        case .json:
            self = .json(JSONSplitter(place, maximumValueBytes: maximumBytes))
        case .csv:
            self = .csv(CSVSplitter(delimiter: delimiter, maximumRowBytes: maximumBytes, lineCount: place.lines))
        case .auto, .ndjson, .lines:
            self = .lines(LineSplitter(maximumLineBytes: maximumBytes, lineCount: place.lines))
        }
    }

    var lineCount: Int {
        switch self {
        case .lines(let splitter): splitter.lineCount
        case .json(let splitter): splitter.lineCount
        case .csv(let splitter): splitter.lineCount
        }
    }

    var jsonPlace: FrameReader.JSONPlace { if case .json(let splitter) = self { splitter.place } else { .start } }

    mutating func next(in bytes: UnsafeRawBufferPointer, from: Int, atEnd: Bool) -> SplitStep {
        switch self {
        case .lines(var splitter):
            defer { self = .lines(splitter) }
            return unsafe splitter.next(in: bytes, from: from, atEnd: atEnd)
        case .json(var splitter):
            defer { self = .json(splitter) }
            return unsafe splitter.next(in: bytes, from: from, atEnd: atEnd)
        case .csv(var splitter):
            defer { self = .csv(splitter) }
            return unsafe splitter.next(in: bytes, from: from, atEnd: atEnd)
        }
    }
}

extension JSONSplitter {
    fileprivate init(_ place: FrameReader.Place, maximumValueBytes: Int) {
        let framing: Framing =
            switch place.json {
            case .start: .detected
            case .values: .values
            case .insideArray, .betweenArrays: .elements
            }
        self.init(
            framing: framing, maximumValueBytes: maximumValueBytes, isInsideArray: place.json == .insideArray,
            lineCount: place.lines)
    }

    fileprivate var place: FrameReader.JSONPlace {
        switch framing {
        case .detected: .start
        case .values: .values
        case .elements: isInsideArray ? .insideArray : .betweenArrays
        }
    }
}

/// Text of two or four bytes a character, which no format here is.
enum WideText {
    /// What is wrong with a text that begins like it; nil for any other.
    static func fault(in text: UnsafeRawBufferPointer) -> FileFault? {
        guard let name = unsafe name(text) else { return nil }
        return FileFault(
            line: 1, byte: 1, why: "the text begins as \(name) does: set encoding to \(name)",
            source: unsafe Array(text.prefix(64)))
    }

    private static func name(_ text: UnsafeRawBufferPointer) -> String? {
        if unsafe text.starts(with: [0xFF, 0xFE, 0, 0]) || text.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if unsafe text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        guard text.count >= 4 else { return nil }
        let isZero = unsafe text.prefix(4).map { $0 == 0 }
        if isZero == [false, true, false, true] { return "UTF-16LE" }
        return isZero == [true, false, true, false] ? "UTF-16BE" : nil
    }
}
