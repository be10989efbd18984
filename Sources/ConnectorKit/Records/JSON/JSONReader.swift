internal import CRecords

/// How values stand in a text.
public enum Framing: Sendable, Hashable {
    /// One value a line; blank lines are skipped, a line may end with CR LF.
    case lines
    /// Values one after the other, with white space between them or not.
    case concatenated
    /// One value.
    case single
}

/// Makes records of JSON text (RFC 8259) that stands in a batch.
///
/// Keeps its buffers between texts; one thread at a time.
public struct JSONReader: ~Copyable {
    private var index = TokenIndex()
    private let maximumDepth: Int

    /// Makes a reader.
    ///
    /// - Parameter maximumDepth: The most levels of nesting, 1…512.
    public init(maximumDepth: Int = 512) { self.maximumDepth = min(max(maximumDepth, 1), Arena.maximumDepth) }
}

extension JSONReader {
    /// Appends a record for each value of a span of the batch's text.
    ///
    /// A bad value becomes a rejected record (``Stage/valueConverter``) that keeps its bytes as source text; the message
    /// says line, column (in bytes, from 1) and what was expected. Its neighbours are not touched: with
    /// ``Framing/lines`` the line is rejected; with ``Framing/concatenated`` all up to the next line that begins with a
    /// bracket; with ``Framing/single`` all.
    ///
    /// - Parameters:
    ///   - text: What ``RecordBatch/appendText(minimum:_:)`` returned, or a part of it.
    ///   - framing: How values stand in the text.
    ///   - firstLine: The number of the text's first line, for messages; nil when lines mean nothing to who reads them.
    ///   - batch: The batch the text stands in.
    /// - Returns: The records appended, how many of them are rejected, and the lines in the text, an unfinished last
    ///   one counted.
    /// - Throws: ``BatchFull``; no record was appended.
    public mutating func read(
        _ text: TextRange, as framing: Framing, firstLine: Int? = 1, into batch: inout RecordBatch
    ) throws -> (records: Int, rejected: Int, lines: Int) {
        batch.check(text)
        let fill = batch.arena.fill
        let first = firstLine ?? 1
        var pass = ReadPass(text, framing, line: first, namesLines: firstLine != nil, maximumDepth: maximumDepth)
        while pass.place < pass.end || (framing == .single && batch.count == fill.records) {
            guard readPiece(&pass, &batch) else {
                batch.takeBack(to: fill)
                throw BatchFull(limit: unsafe batch.arena.header.pointee.limit)
            }
        }
        unsafe batch.arena.header.pointee.parsedNodeCount += batch.arena.nodeCount - fill.nodes
        return (batch.count - fill.records, pass.rejected, pass.line - first + pass.openLine(batch.arena))
    }

    /// Reads as far as a piece goes, or to the first value that is bad or may be cut off; false when nodes find no room.
    private mutating func readPiece(_ pass: inout ReadPass, _ batch: inout RecordBatch) -> Bool {
        let arena = batch.arena
        let fill = arena.fill
        let piece = pass.place..<pass.pieceEnd(arena)
        let outcome: RecordWalk.Outcome? = arena.withNewline(at: piece.upperBound) {
            index.build(arena.text.from(piece.lowerBound), length: piece.count)
            guard arena.reserveNodes(index.count + 4) else { return nil }
            let walk = TokenWalk(
                arena, at: piece.lowerBound, length: piece.count, maximumDepth: maximumDepth, index)
            return RecordWalk(walk, pass.framing, isLast: piece.upperBound == pass.end).run()
        }
        guard let outcome else { return false }
        if index.hasReturn || index.newlines > 0 && pass.framing != .lines {
            arena.noteLineBreaks(inRecordsFrom: fill.records)
        }
        pass.settle(outcome, of: piece, newlines: index.newlines, from: fill, &batch)
        return true
    }
}
