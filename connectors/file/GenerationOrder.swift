import Formats

/// The order in which what rotation leaves behind was written: `app.log.2`, `app.log.1`, `app.log`. Pure.
enum GenerationOrder {
    /// - Parameter byTime: Whether what was changed earlier comes first, and names decide only between equals; otherwise
    ///   files keep their order, but for what belongs to one name.
    static func sorted(_ files: [FoundFile], byTime: Bool) -> [FoundFile] {
        let names = Dictionary(
            files.enumerated().map { (Key($0.element.path), $0.offset) }, uniquingKeysWith: { first, _ in first })
        let ranked = files.enumerated().map { index, file -> (file: FoundFile, base: Int, rank: Rank, index: Int) in
            guard let (base, rank) = generation(file.path), let place = names[Key(base)] else {
                return (file, index, .current, index)
            }
            return (file, place, rank, index)
        }
        let inOrder = ranked.sorted { left, right in
            if byTime && left.file.status.modified != right.file.status.modified {
                return left.file.status.modified < right.file.status.modified
            }
            return (left.base, left.rank, left.index) < (right.base, right.rank, right.index)
        }
        .map(\.file)
        return byTime ? plainFirst(inOrder) : inOrder
    }

    /// A file that is just being compressed comes before what it becomes, which may be as old by its time.
    private static func plainFirst(_ files: [FoundFile]) -> [FoundFile] {
        let plain = Dictionary(files.map { (Key($0.path), $0) }, uniquingKeysWith: { first, _ in first })
        var placed: Set<Key> = []
        return files.flatMap { file -> [FoundFile] in
            guard placed.insert(Key(file.path)).inserted else { return [] }
            guard let suffix = Compression(suffixOf: file.path)?.fileSuffix,
                let original = plain[Key(String(file.path.dropLast(suffix.count)))],
                placed.insert(Key(original.path)).inserted
            else { return [file] }
            return [original, file]
        }
    }

    /// A name by its bytes.
    private struct Key: Hashable {
        let bytes: [UInt8]
        init(_ name: String) { bytes = Array(name.utf8) }
    }

    /// Older ones first.
    enum Rank: Comparable {
        /// By its date, the earliest first.
        case dated(String)
        /// By its number, the largest first.
        case numbered(Int)
        case current
    }

    /// The name that a rotated file had, and which of its generations it is.
    static func generation(_ path: String) -> (base: String, Rank)? {
        let plain = path.utf8.dropLast(Compression(suffixOf: path)?.fileSuffix.utf8.count ?? 0)
        let isMark = { (byte: UInt8) in (0x30...0x39).contains(byte) || "-_T:.".utf8.contains(byte) }
        let suffix = plain.reversed().prefix(while: isMark)
        let digits = suffix.reversed().drop { !(0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count < suffix.count else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        let base = String(decoding: plain.dropLast(digits.count + 1), as: UTF8.self)
        if let number = Int(text), digits.count < 6 { return (base, .numbered(-number)) }
        return (base, .dated(text))
    }
}

extension GenerationOrder.Rank {
    static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.dated(let a), .dated(let b)): a < b
        case (.numbered(let a), .numbered(let b)): a < b
        case (.dated, .numbered), (.dated, .current), (.numbered, .current): true
        default: false
        }
    }
}
