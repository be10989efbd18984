/// Why a stream could not be compressed or decompressed.
public struct CodecError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with the stream.
    public enum Kind: Sendable, Hashable {
        /// The stream ends in the middle of a gzip member or zstd frame.
        case truncated
        /// The bytes are not what the format asks for, or a checksum does not match.
        case corrupt
        /// The stream asks for a larger window than ``Decompressor/maximumWindowBytes``.
        case windowTooLarge
        /// The library could not get memory, or refused a parameter.
        case library
    }

    /// What is wrong with the stream.
    public let kind: Kind
    /// Compressed bytes before the place of the error.
    public let compressedOffset: Int64
    /// One sentence without the stream's name, which the caller knows.
    public let message: String

    /// The message.
    public var description: String { message }

    init(_ kind: Kind, at offset: Int64, _ what: String) {
        self.kind = kind
        self.compressedOffset = offset
        self.message = "\(what) (compressed byte \(offset))"
    }
}
