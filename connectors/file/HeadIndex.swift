import Formats

/// Finds files by the first bytes that were read of them, so that a copy finds its original among any number.
struct HeadIndex {
    private var files: [Fingerprint: [TrackedFile]] = [:]
    private var counts: [Int: Int] = [:]
    private var heads: [ObjectIdentifier: Fingerprint] = [:]

    /// Whether beginnings of this length are in it.
    func has(_ byteCount: Int) -> Bool { counts[byteCount] != nil }
    var isEmpty: Bool { counts.isEmpty }

    subscript(_ head: Fingerprint) -> [TrackedFile] { files[head] ?? [] }

    /// Puts a file in, or in another place since its beginning is known better.
    mutating func update(_ file: TrackedFile) {
        let key = ObjectIdentifier(file)
        guard heads[key] != file.content.head else { return }
        remove(file)
        guard let head = file.content.head, head.byteCount > 0 else { return }
        heads[key] = head
        files[head, default: []].append(file)
        counts[head.byteCount, default: 0] += 1
    }

    mutating func remove(_ file: TrackedFile) {
        guard let head = heads.removeValue(forKey: ObjectIdentifier(file)) else { return }
        files[head]?.removeAll { $0 === file }
        if files[head]?.isEmpty == true { files[head] = nil }
        counts[head.byteCount, default: 1] -= 1
        if counts[head.byteCount] == 0 { counts[head.byteCount] = nil }
    }
}
