import Formats

/// Some bytes of a text as a short text: tells whether others took their place.
struct Fingerprint: Equatable, Hashable {
    /// The most bytes one is made of.
    static let maximumBytes = 1024

    /// Of how many bytes it is.
    let byteCount: Int
    private let hash: UInt64

    init(of bytes: UnsafeRawBufferPointer) {
        byteCount = bytes.count
        hash = unsafe FNV1a.hash(of: bytes)
    }

    private init(byteCount: Int, hash: UInt64) {
        self.byteCount = byteCount
        self.hash = hash
    }

    /// Reads what ``text`` wrote; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (0...Self.maximumBytes).contains(count),
            let hash = UInt64(parts[1], radix: 16)
        else { return nil }
        self.init(byteCount: count, hash: hash)
    }

    /// `<bytes>-<hash of that many bytes>`.
    var text: String { "\(byteCount)-\(String(hash, radix: 16))" }

    /// Those of every beginning of `bytes` whose length is wanted, the longest first.
    static func beginnings(of bytes: UnsafeRawBufferPointer, _ isWanted: (Int) -> Bool) -> [Fingerprint] {
        var found: [Fingerprint] = []
        var hash = FNV1a.start
        for index in bytes.indices {
            hash = unsafe FNV1a.add(bytes[index], to: hash)
            if isWanted(index + 1) { found.append(Fingerprint(byteCount: index + 1, hash: hash)) }
        }
        return found.reversed()
    }
}

/// The 64-bit hash FNV-1a: small, stable between runs, not for secrets.
enum FNV1a {
    static let start: UInt64 = 0xCBF2_9CE4_8422_2325

    static func add(_ byte: UInt8, to hash: UInt64) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    static func hash(of bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(start) { add($1, to: $0) } }
}
