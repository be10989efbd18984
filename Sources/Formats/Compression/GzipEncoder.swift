import CZlib

/// Sole owner of one deflating `z_stream` with gzip framing.
@safe struct GzipEncoder: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    init(level: Int) throws(CodecError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let result = unsafe sluice_gzip_deflate_init(stream, Int32(level))
        guard result == Z_OK else { throw CodecError(.library, at: 0, "zlib could not start (code \(result))") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    func compress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, ending: Compressor.Ending
    ) throws(CodecError) -> CodecStep {
        let (available, room) = unsafe stream.pointee.offer(input, output)
        let endsHere = ending == .complete && available == input.count
        let result = unsafe deflate(stream, endsHere ? Z_FINISH : Z_NO_FLUSH)
        guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
            throw unsafe CodecError(.library, at: Int64(stream.pointee.total_out), "zlib failed (code \(result))")
        }
        let consumed = unsafe available - Int(stream.pointee.avail_in)
        let left = unsafe Int(stream.pointee.avail_out)
        if result == Z_STREAM_END { unsafe deflateReset(stream) }
        let isComplete = ending == .complete ? result == Z_STREAM_END : consumed == input.count && left > 0
        return CodecStep(consumed: consumed, produced: room - left, isComplete: isComplete)
    }
}
