import ConnectorKit
import Formats

// Positions whose files have none of the names that are read any more.
extension FileTable {
    /// After the first look: the rest of files that were renamed meanwhile is read under whatever name they have in their
    /// folder; the others are gone.
    func findUnnamed() {
        let left = stored.left.filter { isMine($0.inode) }.sorted { $0.content.time < $1.content.time }
        for file in left {
            guard find(file) else {
                (file.isNamed, file.state) = (false, .ended)
                index(file)
                absent.append(file)
                continue
            }
            stored.take(file)
            files[file.identity] = file
            (file.look, file.isNamed, file.lostName) = (lookNumber, false, now)
            if config.follow { watched[ObjectIdentifier(file)] = file }
            enqueue(file)
        }
    }

    /// Once everything was read that may be a copy of them: says what may be missing, and takes out of the store what was
    /// not read for long.
    func settleAbsent() {
        guard !absent.isEmpty else { return }
        let age = { (file: TrackedFile) in Duration.milliseconds(self.context.clock.now - file.content.time) }
        let successors = Set(files.values.filter(\.isNamed).map { ByteName($0.path) })
        var places: [ByteName: Bool] = [:]
        for file in absent {
            let folder = ByteName(FileSystem.parent(of: file.path))
            let isThere = places[folder] ?? isThere(folder.text, device: file.device)
            places[folder] = isThere
            // Another task's look may have begun before the file had this name.
            guard age(file) >= (isThere ? Self.kept.gone : Self.kept.away) else {
                if isThere { gone.append((file, now)) }
                tellGap(file, successors)
                continue
            }
            unindex(file)
            marks.append(file.forgotten)
            tellGap(file, successors)
        }
        absent = []
    }

    private func tellGap(_ file: TrackedFile, _ successors: Set<ByteName>) {
        guard !file.wasCopied, successors.contains(ByteName(file.path)) else { return }
        counters.gaps.add()
        log(file).warning(
            "The file that was read under this name is gone, and another has its name: what was written to the former "
                + "behind byte \(file.content.disk) was not read")
    }

    /// Whether a folder is one that files were deleted from, and not the place where another file system is missing.
    private func isThere(_ folder: String, device: UInt64?) -> Bool {
        var folder = folder
        while folder != "/" {
            if let status = try? FileSystem.status(of: folder) {
                return device == nil || status.identity.device == device
            }
            folder = FileSystem.parent(of: folder)
        }
        return device == nil
    }
}
