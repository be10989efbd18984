internal import CRecords

/// How far a text was read, and how much of it is read at once.
///
/// Pieces keep the token index small. After a bad value they start small again, so that a text full of bad values costs
/// little more than a good one.
struct ReadPass {
    let framing: Framing
    let end: Int
    private(set) var place: Int
    /// The line at `place`.
    private(set) var line: Int
    private(set) var rejected = 0
    private var size = ReadPass.largest
    private let start: Int
    private let maximumDepth: Int
    /// Whether messages say the line.
    private let namesLines: Bool

    private static var largest: Int { 1 << 16 }
    private static var smallest: Int { 1 << 10 }
    /// A fault this near the end of a piece may come from the cut: an escape, a word or a character has fewer bytes.
    private static var longestCut: Int { 8 }

    init(_ text: TextRange, _ framing: Framing, line: Int, namesLines: Bool, maximumDepth: Int) {
        self.framing = framing
        self.namesLines = namesLines
        self.line = line
        self.maximumDepth = maximumDepth
        place = text.offset
        start = text.offset
        end = text.offset + text.count
    }

    /// Where the next piece ends: before a newline or at the end of the text, unless values may span pieces.
    func pieceEnd(_ arena: Arena) -> Int {
        switch framing {
        case .lines: size >= end - place ? end : arena.newline(from: place + size - 1, to: end) ?? end
        case .concatenated: min(place + size, end)
        case .single: end
        }
    }

    /// 1 when the last line has no newline.
    func openLine(_ arena: Arena) -> Int { end > start && arena.text[end - 1] != UInt8(ascii: "\n") ? 1 : 0 }

    /// Goes on after a piece.
    ///
    /// - Parameters:
    ///   - newlines: How many there are in the piece.
    ///   - fill: How far the arena was filled before the piece.
    mutating func settle(
        _ outcome: RecordWalk.Outcome, of piece: Range<Int>, newlines: Int, from fill: ArenaFill,
        _ batch: inout RecordBatch
    ) {
        switch framing {
        case .lines: settleLines(outcome, of: piece, newlines: newlines, from: fill, &batch)
        case .concatenated: settleConcatenated(outcome, of: piece, newlines: newlines, &batch)
        case .single: settleSingle(outcome, of: piece, newlines: newlines, from: fill, &batch)
        }
    }

    private mutating func settleLines(
        _ outcome: RecordWalk.Outcome, of piece: Range<Int>, newlines: Int, from fill: ArenaFill,
        _ batch: inout RecordBatch
    ) {
        guard let stop = outcome.stop else {
            guard outcome.newlines == newlines else { return lineByLine(from: fill, batch.arena) }
            return advance(past: piece.upperBound, lines: newlines)
        }
        let badLine = batch.arena.lineStart(of: piece.lowerBound + stop, notBefore: piece.lowerBound)
        let verified = batch.arena.newlines(in: piece.lowerBound..<badLine)
        guard outcome.newlines == verified else { return lineByLine(from: fill, batch.arena) }
        line += verified
        let lineEnd = batch.arena.newline(from: badLine, to: end) ?? end
        reject(badLine..<lineEnd, isAlone: true, &batch)
        advance(past: lineEnd, lines: 0)
        size = Self.smallest
    }

    /// Reads again, because a value seems to span lines: with a line at a time the bad ones show.
    private mutating func lineByLine(from fill: ArenaFill, _ arena: Arena) {
        arena.roll(back: fill)
        size = 1
    }

    /// Goes on after a piece and the newline that ends it.
    private mutating func advance(past pieceEnd: Int, lines: Int) {
        line += lines + (pieceEnd < end ? 1 : 0)
        place = min(pieceEnd + 1, end)
        size = min(size * 2, Self.largest)
    }

    private mutating func settleConcatenated(
        _ outcome: RecordWalk.Outcome, of piece: Range<Int>, newlines: Int, _ batch: inout RecordBatch
    ) {
        guard let stop = outcome.stop else {
            line += newlines
            place = piece.upperBound
            size = min(size * 2, Self.largest)
            return
        }
        let bad = piece.lowerBound + stop
        line += batch.arena.newlines(in: piece.lowerBound..<bad)
        place = bad
        let fault = batch.arena.fault(in: bad..<piece.upperBound, isAlone: false, maximumDepth)
        if piece.upperBound < end && fault?.offset ?? .max >= piece.upperBound - bad - Self.longestCut {
            if stop == 0 { size *= 2 }
            return
        }
        let next = batch.arena.nextBracketLine(from: bad + (fault?.offset ?? 0), to: end)
        reject(bad..<next, isAlone: false, &batch)
        line += batch.arena.newlines(in: bad..<next)
        place = next
        size = Self.smallest
    }

    private mutating func settleSingle(
        _ outcome: RecordWalk.Outcome, of piece: Range<Int>, newlines: Int, from fill: ArenaFill,
        _ batch: inout RecordBatch
    ) {
        if outcome.stop != nil || batch.count != fill.records + 1 {
            batch.arena.roll(back: fill)
            reject(piece, isAlone: true, &batch)
        }
        line += newlines
        place = end
    }

    private mutating func reject(_ span: Range<Int>, isAlone: Bool, _ batch: inout RecordBatch) {
        let arena = batch.arena
        let source = arena.withoutTrailingSpace(span)
        let fault = arena.fault(in: source, isAlone: isAlone, maximumDepth)
        arena.append(RecordMeta(rejectedSource: source))
        let reason = ConnectorError.rejected(message(fault, in: source, arena))
        let index = batch.count - 1
        batch.reject(index, Rejection(recordIndex: index, stage: .valueConverter, error: reason))
        rejected += 1
    }

    private func message(_ fault: JSONFault?, in source: Range<Int>, _ arena: Arena) -> String {
        guard let fault else { return "\(lineName(line))expected a JSON value, found something else" }
        let place = source.lowerBound + fault.offset
        let faultLine = line + arena.newlines(in: source.lowerBound..<place)
        let column = place - arena.lineStart(of: place, notBefore: start) + 1
        return "\(lineName(faultLine, before: ", "))column \(column): expected \(fault.expected), found \(fault.found)"
    }

    private func lineName(_ line: Int, before separator: String = ": ") -> String {
        namesLines ? "line \(line)\(separator)" : ""
    }
}

extension RecordMeta {
    fileprivate init(rejectedSource source: Range<Int>) {
        self.init()
        flags = .source
        sourceOffset = UInt32(truncatingIfNeeded: source.lowerBound)
        sourceLength = UInt32(truncatingIfNeeded: source.count)
    }
}

extension Arena {
    fileprivate func fault(in span: Range<Int>, isAlone: Bool, _ maximumDepth: Int) -> JSONFault? {
        let bytes = unsafe UnsafeBufferPointer(start: text.start + span.lowerBound, count: span.count)
        return unsafe JSONFault.find(in: bytes, isAlone: isAlone, maximumDepth: maximumDepth)
    }

    fileprivate func newlines(in span: Range<Int>) -> Int {
        unsafe sluice_count_newlines(text.start + span.lowerBound, span.count)
    }

    fileprivate func lineStart(of place: Int, notBefore start: Int) -> Int {
        var place = place
        while place > start && text[place - 1] != UInt8(ascii: "\n") { place -= 1 }
        return place
    }

    /// The next line that begins with a bracket: there the values after a bad one are looked for.
    fileprivate func nextBracketLine(from start: Int, to end: Int) -> Int {
        var place = start
        while let newline = newline(from: place, to: end) {
            place = newline + 1
            if place < end && (text[place] == UInt8(ascii: "{") || text[place] == UInt8(ascii: "[")) { return place }
        }
        return end
    }

    fileprivate func withoutTrailingSpace(_ span: Range<Int>) -> Range<Int> {
        var end = span.upperBound
        while end > span.lowerBound && JSONScanner.isSpace(text[end - 1]) { end -= 1 }
        return span.lowerBound..<end
    }
}
