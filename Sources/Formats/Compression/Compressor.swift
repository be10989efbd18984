/// Compresses a stream of any length in constant memory.
///
/// Not thread-safe: one owner. Allocates only what zlib or libzstd need, once.
public struct Compressor: ~Copyable {
    /// What a call leaves behind it.
    public enum Ending: Sendable {
        /// More follows: output may stay inside.
        case open
        /// The gzip member or zstd frame ends here. All output is given out, what was written so far can be read by
        /// itself, and the next call begins another member or frame.
        case complete
    }

    // Not private: whoever destroys a value from another module needs its metadata, and 6.3 does not export a private one.
    enum Engine: ~Copyable {
        case none
        case gzip(GzipEncoder)
        case zstd(ZstdEncoder)
    }

    private let engine: Engine

    /// Makes a compressor; ``Compression/none`` copies.
    /// - Parameter level: One of ``Compression/levels``; nil is the library's default (gzip 6, zstd 3).
    public init(_ compression: Compression, level: Int? = nil) throws(CodecError) {
        let level = level ?? compression.defaultLevel
        guard compression == .none || compression.levels.contains(level) else {
            let (least, most) = (compression.levels.lowerBound, compression.levels.upperBound - 1)
            throw CodecError(.library, at: 0, "\(compression.rawValue) level \(level) is not one of \(least)...\(most)")
        }
        switch compression {
        case .none: engine = .none
        case .gzip: engine = .gzip(try GzipEncoder(level: level))
        case .zstd: engine = .zstd(try ZstdEncoder(level: level))
        }
    }

    /// Compresses from `input` into `output`.
    ///
    /// Call again with the rest of the input, and room, until the step says ``CodecStep/isComplete``. Ending a stream
    /// into which nothing was written since the last end writes an empty member or frame.
    public func compress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, ending: Ending
    ) throws(CodecError) -> CodecStep {
        switch engine {
        case .none: unsafe CodecStep.copy(input, output)
        case .gzip(let encoder): try unsafe encoder.compress(input, into: output, ending: ending)
        case .zstd(let encoder): try unsafe encoder.compress(input, into: output, ending: ending)
        }
    }
}
