import ConnectorKit
import Formats
import Glibc

/// Where a task's files are on the disk: their descriptors, and the folders they are in.
///
/// Not every file that is there has been committed. So the state says first in which folders, other than the one above
/// all, there may be files that it does not name, and the next start looks into those.
final class OutputDisk {
    private let root: ByteName
    private let owner: SinkOwner
    private let shared: SharedState
    private let outputs: OpenOutputs<OutputFile>
    private let folders: OutputFolders
    /// The folders that the state tells of.
    private var told: Set<ByteName>
    /// Those of them that others told of whom this task took over from, which the next start is to look into.
    private var inherited: Set<ByteName> = []

    /// - Parameter told: The folders that the state tells of for this owner.
    init(
        root: String, owner: SinkOwner, limit: Int, shared: SharedState, told: [String], doubt: Doubt
    ) {
        self.root = ByteName(root)
        self.owner = owner
        self.shared = shared
        self.told = Set(told.map(ByteName.init))
        outputs = OpenOutputs(limit: limit)
        folders = OutputFolders(root: root, doubt: doubt)
    }

    /// Notes that a file is used now.
    func use(_ file: OutputFile) { outputs.use(file) }

    /// Tells the state of the folders of files that are to be made.
    func tell(_ files: some Sequence<OutputFile>) throws(ConnectorError) {
        let all = told.union(foldersToTell(files.map(\.folder)))
        if all.count == told.count { return }
        try shared.update { state throws(ConnectorError) in tell(all, in: &state) }
        told = all
    }

    /// Whether the state tells of the folder of a file.
    func isTold(_ file: OutputFile) -> Bool {
        let folder = ByteName(file.folder)
        return folder == root || told.contains(folder)
    }

    /// Puts folders into a state that is about to be stored; to be followed by ``hasTold(_:)``.
    func tell(_ all: Set<ByteName>, in state: inout SinkState) {
        state.owners[owner.id, default: SinkState.Record(owner: owner)].folders = all.map(\.text).sorted()
    }

    /// Those of the folders that are to be told of, with those of others.
    func foldersToTell(_ folders: some Sequence<String>) -> Set<ByteName> {
        Set(folders.map(ByteName.init)).subtracting([root]).union(inherited)
    }

    func hasTold(_ all: Set<ByteName>) { told = all }

    /// Takes over the folders of others, which the state tells of for this owner now.
    func inherit(_ folders: [String]) {
        inherited.formUnion(folders.map(ByteName.init))
        told.formUnion(inherited)
    }

    /// Opens a file; of a new one the folder must have been told.
    func open(_ file: OutputFile) throws(FileFailure) {
        guard file.isUnmade else { return try outputs.open(file) }
        try folders.prepare(file.folder)
        do throws(FileFailure) {
            try outputs.open(file)
        } catch {
            // Somebody may have removed an empty folder.
            guard error.errno == ENOENT else { throw error }
            folders.forget()
            try folders.prepare(file.folder)
            try outputs.open(file)
        }
        folders.change(file.folder)
    }

    /// Makes a file durable and closes it.
    func close(_ file: OutputFile) throws(FileFailure) { try outputs.close(file) }

    /// Gives a finished file its name, which is durable after ``synchronizeFolders()``.
    func publish(_ entry: OutputEntry) throws(FileFailure) {
        let folder = FileSystem.parent(of: entry.final)
        try folders.prepare(folder)
        try SinkNames.publish(entry)
        folders.change(folder)
        folders.change(FileSystem.parent(of: entry.temporary))
    }

    /// Waits until the names of files and folders are on the disk.
    func synchronizeFolders() throws(FileFailure) { try folders.synchronize() }
}
