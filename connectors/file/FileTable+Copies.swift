import ConnectorKit
import Formats

// Files that are copies of what was read under another name, as copytruncate and compression leave behind.
extension FileTable {
    /// What a file without a position comes from.
    enum Origin {
        /// Itself.
        case none
        /// A copy of what was read, whose original is no more: is read on from there.
        case copied(TrackedFile)
        /// Begins as a file that is there; waited for without a limit while that one is read to its end.
        case undecided(isWaitedFor: Bool)
    }

    /// How many files of one beginning are compared with a new one: more of them tell nothing.
    private static let most = (lost: 64, present: 8)

    /// What a file may be a copy of is found by its first bytes.
    func index(_ file: TrackedFile) {
        if case .ended = file.state, !file.isNamed {
            present.remove(file)
            lost.update(file)
        } else {
            lost.remove(file)
            if config.follow || !file.isVerified { present.update(file) } else { present.remove(file) }
        }
    }

    func unindex(_ file: TrackedFile) {
        present.remove(file)
        lost.remove(file)
    }

    func original(of file: TrackedFile, _ opened: borrowing OpenFile) throws -> Origin {
        let compression = try Compression.of(opened) ?? .none
        guard let heads = try beginnings(of: file, opened, compression) else { return .undecided(isWaitedFor: false) }
        var origin = Origin.none
        for original in candidates(heads, present, file).prefix(Self.most.present) {
            let begins = compression != .none || (try? begins(opened, original)) == true
            // Asked for afterwards: the original may be cut off at any time.
            if try !isIntact(original) {
                if files[original.identity] === original {
                    restart(original)
                } else if try holds(original.content, file, opened, compression) {
                    return .copied(original)
                }
            } else if config.follow && file.firstLook > 1 && begins {
                origin = .undecided(isWaitedFor: !original.isNamed)
            }
        }
        var found: TrackedFile?
        for original in candidates(heads, lost, file).prefix(Self.most.lost) {
            // Of the copies of one content, the one that was read further tells more.
            if original.content.place.bytes <= found?.content.place.bytes ?? -1 { continue }
            if original.wasCopied, case .undecided = origin { continue }
            if try holds(original.content, file, opened, compression) { found = original }
        }
        return found.map(Origin.copied) ?? origin
    }

    private func candidates(_ heads: [Fingerprint], _ index: HeadIndex, _ file: TrackedFile) -> [TrackedFile] {
        heads.flatMap { index[$0].reversed().filter { mayBe(file, copyOf: $0) } }
    }

    /// - Returns: nil while too little of compressed text is there, since it is still being written.
    private func beginnings(
        of file: TrackedFile, _ opened: borrowing OpenFile, _ compression: Compression
    ) throws -> [Fingerprint]? {
        let isWanted = { (count: Int) in self.present.has(count) || self.lost.has(count) }
        if compression == .none { return try check.beginnings(opened, isWanted) }
        do {
            var input = try FileInput(OpenFile(readingWithoutWait: file.path), compression)
            let found = try check.beginnings(compressed: &input, isWanted)
            let isShort = input.textBytes < Fingerprint.maximumBytes && input.isInsideMember
            return isShort && config.follow && file.firstLook > 1 ? nil : found
        } catch is CodecError {
            return []
        }
    }

    private func holds(
        _ content: TrackedFile.Content, _ file: TrackedFile, _ opened: borrowing OpenFile, _ compression: Compression
    ) throws -> Bool {
        if compression == .none { return try check.holds(content, opened) }
        do {
            var input = try FileInput(OpenFile(readingWithoutWait: file.path), compression)
            return try check.holds(content, compressed: &input)
        } catch is CodecError {
            return false
        }
    }

    /// Where names are followed, another file of the same name is another file.
    private func mayBe(_ file: TrackedFile, copyOf original: TrackedFile) -> Bool {
        file !== original && original.sharesFolder(with: file.path)
            && !(config.follow && file.path.utf8.elementsEqual(original.path.utf8))
    }

    private func isIntact(_ original: TrackedFile) throws -> Bool {
        if let reading = original.reading { return try check.holds(original.content, reading.reader.input.file) }
        do throws(FileFailure) {
            counters.opens.add()
            let opened = try OpenFile(readingWithoutWait: original.path)
            let status = try opened.status()
            guard status.isRegular, original.device == nil || status.identity == original.identity else { return false }
            return try check.holds(original.content, opened)
        } catch {
            return false
        }
    }

    private func begins(_ opened: borrowing OpenFile, _ original: TrackedFile) throws(FileFailure) -> Bool {
        if let reading = original.reading {
            return try check.isBeginning(opened, of: original.content, reading.reader.input.file)
        }
        return try check.isBeginning(opened, of: original.content, OpenFile(readingWithoutWait: original.path))
    }
}

extension Compression {
    /// What the first bytes of a file say; nil while there are too few of them.
    static func of(_ file: borrowing OpenFile) throws(FileFailure) -> Compression? {
        let magic = Bytes(count: Compression.magicBytes)
        let count = try unsafe file.read(into: magic.all, at: 0)
        return unsafe Compression(beginning: UnsafeRawBufferPointer(rebasing: magic.all[..<count]))
    }
}

extension OpenFile {
    /// Where the line begins that `end` is in, or follows.
    func lineStart(before end: Int64) throws(FileFailure) -> Int64 {
        let room = Bytes(count: 1 << 16)
        var end = end
        while end > 0 {
            let start = unsafe max(0, end - Int64(room.all.count))
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: room.all[..<Int(end - start)])
            let count = try unsafe read(into: piece, at: start)
            if let last = unsafe piece[..<count].lastIndex(of: 0x0A) { return start + Int64(last) + 1 }
            end = start
        }
        return 0
    }
}
