import ConnectorKit
import Formats

/// The files of a task: which there are, how far each was read, and which of them have something to read.
final class FileTable {
    /// How long the position of a file is kept that is gone, and of one whose file system may be away only.
    static let kept = (gone: Duration.seconds(3600), away: Duration.seconds(30 * 86400))
    /// The longest time between two looks at everything, however quiet the folders are.
    static let longestQuiet = Duration.seconds(10)

    let config: SourceConfig
    let context: SourceContext
    let finder: FileFinder
    let check = ContentCheck()
    let counters: Counters

    var files: [OpenFile.Identity: TrackedFile] = [:]
    var stored: StoredFiles
    /// Files whose content is there, and content that is there no more: what a new file may be a copy of.
    var present = HeadIndex()
    var lost = HeadIndex()
    /// Files that were read and are gone, in the order in which that was seen.
    var gone: [(file: TrackedFile, since: Duration)] = []
    /// Files that lost their name, may be copies, or end amid a record: looked at each time.
    var watched: [ObjectIdentifier: TrackedFile] = [:]
    var queue = WorkQueue()
    /// Files that are read anew once the copies of what they held were looked for.
    var postponed: [TrackedFile] = []
    /// What was read of files before they were written anew.
    var formers: [(file: TrackedFile, since: Duration)] = []
    var opened: [ObjectIdentifier: TrackedFile] = [:]
    /// Why files that the settings name by themselves could not be read.
    var unread: [ByteName: String] = [:]
    var faults: [ByteName: String] = [:]
    /// The files that were seen at the last look, and those of them that no watch tells of.
    var named: [ByteName: TrackedFile] = [:]
    var unwatchable: [TrackedFile] = []
    var folderIndex = FolderIndex()
    /// Files of positions that are nowhere any more, until the copies of them were looked for.
    var absent: [TrackedFile] = []
    var streams: [StreamReading] = []
    /// Positions that the next batch is to carry, whatever it holds.
    var marks: [Position] = []
    var lookNumber = 0
    var useNumber = 0
    var watch: FolderWatch?
    var watchFailed = false
    var mustLook = true
    var nextLook = Duration.zero
    var totalBytes: Int64 = 0
    var doneBytes: Int64 = 0
    let openLimit: Int

    /// Numbers for the operator.
    struct Counters {
        /// Files that were read from their beginning again, since their content was another.
        let restarted: Counter
        /// Copies that were read on where the original was.
        let copies: Counter
        /// Entries that could not be read.
        let unreadable: Counter
        /// Places where something may have been written that was never seen.
        let gaps: Counter
        /// Calls that opened a file, and that looked at one.
        let opens: Counter
        let looks: Counter
        /// Looks at all the settings name.
        let listings: Counter

        init(_ metrics: Metrics) {
            restarted = metrics.counter("file_restarts")
            copies = metrics.counter("file_copies")
            unreadable = metrics.counter("file_unreadable")
            gaps = metrics.counter("file_gaps")
            opens = metrics.counter("file_opens")
            looks = metrics.counter("file_looks")
            listings = metrics.counter("file_listings")
        }
    }

    init(_ config: SourceConfig, _ context: SourceContext) {
        self.config = config
        self.context = context.withoutPositions
        finder = FileFinder(paths: config.paths, exclude: config.exclude)
        counters = Counters(context.metrics)
        stored = StoredFiles(context.positions)
        openLimit = config.openLimit(for: context.task.count)
        for file in stored.left { index(file) }
    }

    var now: Duration { context.clock.monotonic }

    /// Every task gives a file the same owner, whatever its name and whenever it sees it.
    func isMine(_ inode: UInt64) -> Bool { Int(inode % UInt64(context.task.count)) == context.task.index }

    func enqueue(_ file: TrackedFile) {
        guard !file.isQueued && !file.isPostponed else { return }
        file.isQueued = true
        queue.append(file)
    }

    /// Takes out the first of the queue.
    func dequeue() {
        queue.removeFirst()?.isQueued = false
    }

    /// Gives the files another turn that were written anew, once what was copied before has had its own.
    func resumePostponed() {
        guard !postponed.isEmpty else { return }
        if config.follow { look() }
        let files = postponed
        postponed = []
        for file in files {
            file.isPostponed = false
            enqueue(file)
        }
    }

    /// Has a batch carry the positions that no record brings.
    func takeMarks(_ batch: inout RecordBatch) {
        for position in marks { batch.mark(position) }
        marks.removeAll(keepingCapacity: true)
    }

    func log(_ file: TrackedFile) -> Log { context.log.with(("file", file.path)) }

    /// Says something of a file once.
    func once(_ what: String, of file: TrackedFile, _ say: (Log) -> Void) {
        if file.said.insert(what).inserted { say(log(file)) }
    }

    func close(_ file: TrackedFile) {
        guard file.reading != nil else { return }
        count(file)
        file.columns = file.reading?.columns
        file.reading = nil
        file.countedBytes = 0
        opened[ObjectIdentifier(file)] = nil
    }

    /// Adds to the progress what was read of a file since the last time.
    func count(_ file: TrackedFile) {
        guard let reading = file.reading else { return }
        let bytes = reading.diskBytes
        doneBytes += bytes - file.countedBytes
        file.countedBytes = bytes
    }
}

/// Files that have something to read, the next one first.
struct WorkQueue {
    private var files: [TrackedFile] = []
    private var head = 0

    var first: TrackedFile? { head < files.count ? files[head] : nil }
    var count: Int { files.count - head }

    mutating func append(_ file: TrackedFile) { files.append(file) }

    mutating func removeFirst() -> TrackedFile? {
        guard let first else { return nil }
        head += 1
        if head > 64 && head * 2 > files.count {
            files.removeFirst(head)
            head = 0
        }
        return first
    }
}

/// What the positions say of files that were not seen yet, found by their number.
struct StoredFiles {
    private var byNumber: [UInt64: [TrackedFile]] = [:]
    /// Whether there was none at the start.
    let isEmpty: Bool

    init(_ positions: [Position]) {
        for file in positions.lazy.compactMap(TrackedFile.init) { byNumber[file.inode, default: []].append(file) }
        isEmpty = byNumber.isEmpty
    }

    /// Takes out what was read of a file; nil when it is a new one.
    mutating func take(_ found: FoundFile) -> TrackedFile? {
        let inode = found.status.identity.inode
        guard let candidates = byNumber[inode] else { return nil }
        let exact = candidates.firstIndex { $0.device == found.status.identity.device }
        guard let index = exact ?? candidates.firstIndex(where: { $0.mayBe(found) }) else { return nil }
        byNumber[inode]?.remove(at: index)
        candidates[index].isFound(as: found.status.identity)
        return candidates[index]
    }

    /// Takes out a file that was found under a name that is not read.
    mutating func take(_ file: TrackedFile) { byNumber[file.inode]?.removeAll { $0 === file } }

    /// Those that were not taken out.
    var left: [TrackedFile] { byNumber.values.flatMap(\.self) }
}

extension SourceContext {
    /// The same without what is read of it once: thousands of positions are not kept for the whole run.
    fileprivate var withoutPositions: SourceContext {
        SourceContext(
            config: config, task: task, claims: claims, group: group, stop: stop, deadline: deadline, log: log,
            metrics: metrics, clock: clock, progress: progress)
    }
}
