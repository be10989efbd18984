import Glibc

/// How far one call of a ``Compressor`` or ``Decompressor`` came.
public struct CodecStep: Sendable, Hashable {
    /// Input bytes used; the rest must be shown again.
    public let consumed: Int
    /// Output bytes written.
    public let produced: Int
    /// Whether the call did all that was asked: nothing is left inside that a larger output would have received.
    public let isComplete: Bool

    /// As much of `input` as `output` has room for, byte for byte.
    static func copy(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> CodecStep {
        let count = min(input.count, output.count)
        if let from = input.baseAddress, let to = output.baseAddress { unsafe memcpy(to, from, count) }
        return CodecStep(consumed: count, produced: count, isComplete: count == input.count)
    }
}
