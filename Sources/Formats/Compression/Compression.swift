/// A compression of whole byte streams, by the name it has in settings.
public enum Compression: String, Sendable, Hashable, CaseIterable {
    /// Bytes as they are.
    case none
    /// gzip (RFC 1952), any number of members one after the other.
    case gzip
    /// Zstandard (RFC 8878), any number of frames one after the other.
    case zstd

    /// How many bytes from the beginning ``init(magic:)`` needs to be sure.
    public static let magicBytes = 4

    /// Recognises a stream by its first bytes; anything unknown, or shorter than a magic number, is ``none``.
    public init(magic: UnsafeRawBufferPointer) {
        let bytes = unsafe Array(magic.prefix(Self.magicBytes))
        self =
            switch bytes {
            case [0x28, 0xB5, 0x2F, 0xFD]: .zstd
            case _ where bytes.count == 4 && (0x50...0x5F).contains(bytes[0]) && bytes[1...] == [0x2A, 0x4D, 0x18]:
                .zstd  // a skippable frame (RFC 8878 section 3.1.2)
            case _ where bytes.starts(with: [0x1F, 0x8B]): .gzip
            default: .none
            }
    }

    /// The suffix of a file name, dot included: `.gz`, `.zst`, or nothing.
    public var fileSuffix: String {
        switch self {
        case .none: ""
        case .gzip: ".gz"
        case .zstd: ".zst"
        }
    }

    /// The levels a setting may name, from fastest to smallest; empty for ``none``.
    public var levels: Range<Int> {
        switch self {
        case .none: 0..<0
        case .gzip: 1..<10
        case .zstd: 1..<23
        }
    }

    /// The level used when none is asked for: the library's own default.
    var defaultLevel: Int {
        switch self {
        case .none: 0
        case .gzip: 6
        case .zstd: 3
        }
    }
}

extension Compression {
    private static let magics: [(Compression, [UInt8])] =
        [(.gzip, [0x1F, 0x8B]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD])]
        + (0x50...0x5F).map { (.zstd, [$0, 0x2A, 0x4D, 0x18]) }

    /// Recognises a stream that may have begun only just; nil while its first bytes, all there are so far, do not tell.
    public init?(beginning bytes: UnsafeRawBufferPointer) {
        for (compression, magic) in Self.magics {
            if unsafe bytes.starts(with: magic) {
                self = compression
                return
            }
            if unsafe bytes.count < magic.count && magic.starts(with: bytes) { return nil }
        }
        self = .none
    }

    /// What a file's name says of its content; nil when it says nothing.
    public init?(suffixOf path: String) {
        if path.hasSuffix(".gz") { self = .gzip } else if path.hasSuffix(".zst") { self = .zstd } else { return nil }
    }
}
