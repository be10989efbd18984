import Formats

/// The first bytes of a file as a short text: tells whether another file took its place, also when its number was reused.
struct Fingerprint: Equatable {
    static let maximumBytes = 1024

    /// `<bytes>-<hash of that many first bytes>`.
    let text: String
    var isComplete: Bool { byteCount == Self.maximumBytes }
    private let byteCount: Int

    /// Of the first bytes a file has now.
    init(of file: borrowing OpenFile, byteCount: Int = maximumBytes) throws(FileFailure) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: min(byteCount, Self.maximumBytes), alignment: 1)
        defer { unsafe bytes.deallocate() }
        let count = try unsafe file.read(into: bytes, at: 0)
        self.byteCount = count
        text = unsafe "\(count)-\(String(FNV1a.hash(of: bytes[..<count]), radix: 16))"
    }

    /// Whether a file still begins as when `text` was made.
    static func matches(_ text: String, _ file: borrowing OpenFile) throws(FileFailure) -> Bool {
        guard let count = Int(text.prefix { $0 != "-" }), count >= 0 else { return false }
        return try Fingerprint(of: file, byteCount: count).text == text
    }
}
