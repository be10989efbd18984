/// Undoes gzip or zstd over a stream of any length in constant memory.
///
/// Not thread-safe: one owner. Allocates only what zlib or libzstd need, once.
public struct Decompressor: ~Copyable {
    /// The largest window a stream may ask for: 128 MiB, what `zstd --long=27` writes.
    public static let maximumWindowBytes = 1 << 27

    // Not private: whoever destroys a value from another module needs its metadata, and 6.3 does not export a private one.
    enum Engine: ~Copyable {
        case none
        case gzip(GzipDecoder)
        case zstd(ZstdDecoder)
    }

    private let engine: Engine
    /// Compressed bytes consumed so far.
    public private(set) var compressedByteCount: Int64 = 0

    /// Makes a decompressor at the beginning of a stream; ``Compression/none`` copies.
    public init(_ compression: Compression) throws(CodecError) {
        switch compression {
        case .none: engine = .none
        case .gzip: engine = .gzip(try GzipDecoder())
        case .zstd: engine = .zstd(try ZstdDecoder())
        }
    }

    /// Decompresses from `input` into `output` until one of them is used up, or a member or frame ends.
    ///
    /// Call again with the rest of the input while the step consumed or produced anything; more output can wait inside
    /// when `output` was filled, even with no input left.
    /// - Throws: ``CodecError`` with the compressed offset at which the stream is broken; the handle is then useless.
    public mutating func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> CodecStep {
        let step =
            switch engine {
            case .none: unsafe CodecStep.copy(input, output)
            case .gzip(let decoder): try unsafe decoder.decompress(input, into: output, at: compressedByteCount)
            case .zstd(let decoder): try unsafe decoder.decompress(input, into: output, at: compressedByteCount)
            }
        compressedByteCount += Int64(step.consumed)
        return step
    }

    /// Checks, when the input has ended, that it did not end in the middle of a member or frame.
    public func finish() throws(CodecError) {
        let isOpen =
            switch engine {
            case .none: false
            case .gzip(let decoder): decoder.isInsideMember
            case .zstd(let decoder): decoder.isInsideFrame
            }
        guard isOpen else { return }
        throw CodecError(.truncated, at: compressedByteCount, "the compressed data ends too early: it was cut off")
    }
}
