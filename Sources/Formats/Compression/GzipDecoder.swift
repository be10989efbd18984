import CZlib

/// Sole owner of one inflating `z_stream`; multi-member gzip (RFC 1952 section 2.2).
@safe struct GzipDecoder: ~Copyable {
    private enum Place {
        case start
        case insideMember
        case betweenMembers
    }

    @unsafe private struct State {
        var stream = unsafe z_stream()
        var place = Place.start
    }

    // On the heap: zlib keeps a pointer back to the z_stream, so it must not move.
    private let state: UnsafeMutablePointer<State>

    init() throws(CodecError) {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State())
        let result = unsafe sluice_gzip_inflate_init(&state.pointee.stream)
        guard result == Z_OK else { throw CodecError(.library, at: 0, "zlib could not start (code \(result))") }
    }

    deinit {
        unsafe inflateEnd(&state.pointee.stream)
        unsafe state.deallocate()
    }

    var isInsideMember: Bool { unsafe state.pointee.place == .insideMember }

    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(CodecError) -> CodecStep {
        let skipped = try unsafe enterMember(input, at: offset)
        guard isInsideMember else { return CodecStep(consumed: skipped, produced: 0, isComplete: true) }
        let member = unsafe UnsafeRawBufferPointer(rebasing: input[skipped...])
        let step = try unsafe inflateMember(member, into: output, at: offset + Int64(skipped))
        return CodecStep(consumed: skipped + step.consumed, produced: step.produced, isComplete: step.isComplete)
    }

    /// Bytes skipped before a member: zero padding, which tapes and block devices leave behind and gzip ignores.
    private func enterMember(_ input: UnsafeRawBufferPointer, at offset: Int64) throws(CodecError) -> Int {
        switch unsafe state.pointee.place {
        case .insideMember: return 0
        case .start:
            if unsafe !input.isEmpty { unsafe state.pointee.place = .insideMember }
            return 0
        case .betweenMembers: return try unsafe enterNextMember(input, at: offset)
        }
    }

    private func enterNextMember(_ input: UnsafeRawBufferPointer, at offset: Int64) throws(CodecError) -> Int {
        guard let start = unsafe input.firstIndex(where: { $0 != 0 }) else { return input.count }
        guard unsafe input[start] == 0x1F else {
            let place = offset + Int64(start)
            throw CodecError(.corrupt, at: place, "bytes after the end of the gzip data are not another gzip member")
        }
        unsafe inflateReset(&state.pointee.stream)
        unsafe state.pointee.place = .insideMember
        return start
    }

    private func inflateMember(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(CodecError) -> CodecStep {
        let (available, room) = unsafe state.pointee.stream.offer(input, output)
        let result = unsafe inflate(&state.pointee.stream, Z_NO_FLUSH)
        let consumed = unsafe available - Int(state.pointee.stream.avail_in)
        let left = unsafe Int(state.pointee.stream.avail_out)
        switch result {
        case Z_STREAM_END: unsafe state.pointee.place = .betweenMembers
        case Z_OK, Z_BUF_ERROR: break
        default:
            throw unsafe CodecError(.corrupt, at: offset + Int64(consumed), Self.reason(state.pointee.stream, result))
        }
        return CodecStep(consumed: consumed, produced: room - left, isComplete: left > 0 || result == Z_STREAM_END)
    }

    private static func reason(_ stream: z_stream, _ code: Int32) -> String {
        let detail = unsafe stream.msg.map { unsafe String(cString: $0) } ?? "zlib code \(code)"
        return "the gzip data is damaged: \(detail)"
    }
}

extension z_stream {
    /// Points zlib at the buffers, as far as its 32-bit counts reach, and returns how many bytes of each it may use.
    mutating func offer(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> (Int, Int) {
        let available = min(input.count, Int(UInt32.max))
        let room = min(output.count, Int(UInt32.max))
        unsafe next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe avail_in = UInt32(available)
        unsafe avail_out = UInt32(room)
        return (available, room)
    }
}
