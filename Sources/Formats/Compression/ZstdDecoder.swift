import CZstd

/// Sole owner of one `ZSTD_DCtx`; libzstd goes on to the next frame by itself.
@safe struct ZstdDecoder: ~Copyable {
    @unsafe private struct State {
        let context: OpaquePointer
        var isInsideFrame = false
    }

    private let state: UnsafeMutablePointer<State>

    init() throws(CodecError) {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw CodecError(.library, at: 0, "libzstd could not get memory to start")
        }
        unsafe ZSTD_DCtx_setParameter(
            context, ZSTD_d_windowLogMax, Int32(Decompressor.maximumWindowBytes.trailingZeroBitCount))
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State(context: context))
    }

    deinit {
        unsafe ZSTD_freeDCtx(state.pointee.context)
        unsafe state.deallocate()
    }

    var isInsideFrame: Bool { unsafe state.pointee.isInsideFrame }

    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(CodecError) -> CodecStep {
        guard unsafe isInsideFrame || !input.isEmpty else {
            return CodecStep(consumed: 0, produced: 0, isComplete: true)
        }
        var from = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = unsafe ZSTD_decompressStream(state.pointee.context, &to, &from)
        guard ZSTD_isError(result) == 0 else { throw unsafe Self.failure(result, at: offset + Int64(from.pos)) }
        unsafe state.pointee.isInsideFrame = result != 0
        return unsafe CodecStep(consumed: from.pos, produced: to.pos, isComplete: result == 0 || to.pos < to.size)
    }

    private static func failure(_ result: Int, at offset: Int64) -> CodecError {
        let detail = unsafe String(cString: ZSTD_getErrorName(result))
        guard ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge else {
            return CodecError(.corrupt, at: offset, "the zstd data is damaged: \(detail)")
        }
        let limit = Decompressor.maximumWindowBytes >> 20
        return CodecError(
            .windowTooLarge, at: offset,
            "the zstd data needs a window of more than \(limit) MiB: compress it again with --long=27 or less")
    }
}
