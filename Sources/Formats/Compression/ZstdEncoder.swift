import CZstd

/// Sole owner of one `ZSTD_CCtx`; frames carry a checksum, as the command line tool writes them.
@safe struct ZstdEncoder: ~Copyable {
    private let context: OpaquePointer

    init(level: Int) throws(CodecError) {
        guard let context = unsafe ZSTD_createCCtx() else {
            throw CodecError(.library, at: 0, "libzstd could not get memory to start")
        }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    func compress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, ending: Compressor.Ending
    ) throws(CodecError) -> CodecStep {
        var from = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let directive = ending == .complete ? ZSTD_e_end : ZSTD_e_continue
        let result = unsafe ZSTD_compressStream2(context, &to, &from, directive)
        guard ZSTD_isError(result) == 0 else {
            throw unsafe CodecError(.library, at: 0, "libzstd failed: \(String(cString: ZSTD_getErrorName(result)))")
        }
        let isComplete = unsafe ending == .complete ? result == 0 : from.pos == from.size
        return unsafe CodecStep(consumed: from.pos, produced: to.pos, isComplete: isComplete)
    }
}
