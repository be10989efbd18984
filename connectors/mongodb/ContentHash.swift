import CCrypto
import ConnectorKit

/// What identifies a value by its content alone.
enum ContentHash {
    /// The first 16 of the 32 bytes of the SHA-256 of some bytes.
    ///
    /// - Throws: `fatal` when OpenSSL has no SHA-256.
    static func half(_ bytes: UnsafeRawBufferPointer) throws(ConnectorError) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard unsafe SHA256(start, bytes.count, &hash) != nil else {
            throw .fatal("OpenSSL gives no SHA-256, which document.id.strategy value_hash needs; use another strategy")
        }
        return Array(hash.prefix(16))
    }
}
