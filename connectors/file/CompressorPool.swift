import ConnectorKit
import Formats

/// The compressors of a task's files: one for each gzip member or zstd frame that is open, and used again by the next.
final class CompressorPool {
    /// One between two members.
    final class Lent {
        let compressor: Compressor

        fileprivate init(_ compressor: consuming Compressor) { self.compressor = compressor }
    }

    /// Members that are open at the same time at most: each takes up to some MiB.
    static let mostOpen = 64
    private static let mostSpare = 4

    let compression: Compression
    private let level: Int?
    private var spare: [Lent] = []
    private(set) var lentCount = 0

    init(_ compression: Compression, level: Int?) {
        self.compression = compression
        self.level = level
    }

    func take() throws(CodecError) -> Lent {
        if let lent = spare.popLast() {
            lentCount += 1
            return lent
        }
        let lent = Lent(try Compressor(compression, level: level))
        lentCount += 1
        return lent
    }

    func giveBack(_ lent: Lent) {
        lentCount -= 1
        if spare.count < Self.mostSpare { spare.append(lent) }
    }
}
