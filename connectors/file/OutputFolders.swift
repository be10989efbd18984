import Formats
import Glibc

/// The folders that a task's files are in: made when they are missing, and on the disk before a state names what is in them.
final class OutputFolders {
    /// Folders that are remembered at most; what is forgotten is looked at again.
    private static let mostKnown = 10_000

    /// The folder above all others, which is there.
    private let root: ByteName
    private let doubt: Doubt
    private var known: Set<ByteName> = []
    private var changed: Set<ByteName> = []

    init(root: String, doubt: Doubt) {
        self.root = ByteName(root)
        self.doubt = doubt
    }

    /// Makes a folder and those above it that are missing.
    func prepare(_ folder: String) throws(FileFailure) {
        if known.contains(ByteName(folder)) { return }
        _ = try FileSystem.makeDirectories(folder)
        // Who made it may not have come to synchronizing it, so that is not asked.
        var below = ByteName(folder)
        while below != root, FileSystem.parent(of: below.text) != below.text {
            below = ByteName(FileSystem.parent(of: below.text))
            changed.insert(below)
        }
        if known.count >= Self.mostKnown { known = [] }
        known.insert(ByteName(folder))
    }

    /// Notes that a folder got or lost a name.
    func change(_ folder: String) { changed.insert(ByteName(folder)) }

    /// Looks at every folder again, since somebody removes them.
    func forget() { known = [] }

    /// Waits until what changed is on the disk.
    func synchronize() throws(FileFailure) {
        try doubt.note { () throws(FileFailure) in
            for folder in changed { try FileSystem.synchronizeDirectory(folder.text) }
        }
        changed = []
    }
}
