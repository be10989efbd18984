import Formats
import Glibc

/// A file that can give its descriptor back and go on later.
protocol ClosableOutput: AnyObject {
    /// Its place among those with a descriptor.
    var place: Int? { get set }
    /// When it was used last: the greater, the later.
    var lastUse: Int { get set }
    /// Whether something was written that is not on the disk for good.
    var isUnsynced: Bool { get }
    /// Opens it where it has no descriptor.
    func open() throws(FileFailure)
    /// Makes durable what was written, and gives the descriptor back.
    func close() throws(FileFailure)
}

/// The output files that have a descriptor, no more than a limit.
///
/// Those used longest ago are closed first, those with something that is not on the disk after all others.
final class OpenOutputs<File: ClosableOutput> {
    private let limit: Int
    private var files: [File] = []
    private var uses = 0

    /// - Parameter limit: Files with a descriptor at most, at least 1; within half of what the process may open.
    init(limit: Int) { self.limit = max(1, min(limit, Self.systemLimit / 2)) }

    /// Notes that a file is used now.
    func use(_ file: File) {
        uses += 1
        file.lastUse = uses
    }

    /// Gives a file a descriptor, for which others may be closed.
    func open(_ file: File) throws(FileFailure) {
        if file.place != nil { return }
        if files.count >= limit { try makeRoom() }
        while true {
            do throws(FileFailure) {
                try file.open()
                break
            } catch {
                // Others in the process may have taken what there is.
                guard error.errno == EMFILE || error.errno == ENFILE, !files.isEmpty else { throw error }
                try makeRoom()
            }
        }
        file.place = files.count
        files.append(file)
    }

    /// Takes a file's descriptor back.
    func close(_ file: File) throws(FileFailure) {
        guard let place = file.place else { return }
        try file.close()
        let last = files.removeLast()
        if last !== file {
            files[place] = last
            last.place = place
        }
        file.place = nil
    }

    /// Closes one in eight at once, so that it costs little for each.
    private func makeRoom() throws(FileFailure) {
        let order = files.sorted { ($0.isUnsynced ? 1 : 0, $0.lastUse) < ($1.isUnsynced ? 1 : 0, $1.lastUse) }
        for file in order.prefix(max(1, files.count / 8)) { try close(file) }
    }

    private static var systemLimit: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }
}
