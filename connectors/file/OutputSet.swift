import ConnectorKit
import Formats
import Glibc

/// The files a task writes, from their first record to their final name.
final class OutputSet {
    /// Unfinished files at most; beyond it the one used longest ago is finished.
    static let mostUnfinished = 100_000
    /// Bytes that wait in memory, of all files together.
    private static let mostWaiting = 16 << 20
    /// Beyond so many files none keeps memory for its next bytes.
    private static let mostWithRoom = 16

    private let config: SinkConfig
    private let names: SinkNames
    private let clock: WorkerClock
    let succession: Succession
    let shared: SharedState
    private let doubt = Doubt()
    let disk: OutputDisk
    private let compressors: CompressorPool
    var open: [ByteName: OutputFile] = [:]
    var finished: [OutputFile] = []
    /// The number of the next file. The state keeps it, so that no name of an unfinished one comes again: another task may
    /// have taken over the first of that name.
    var sequence = 0
    var owned: OwnedPositions
    private var waiting = 0
    private var aging: OutputAging
    /// Why nothing can be taken now, until what failed is tried again.
    var failure: ConnectorError?
    /// Why this life of the task can flush nothing any more.
    var loss: ConnectorError?

    /// - Parameter start: What is on the disk; open files go on.
    init(
        _ config: SinkConfig, names: SinkNames, succession: Succession, clock: WorkerClock, shared: SharedState,
        start: Recovery.Start
    ) throws(ConnectorError) {
        self.config = config
        self.names = names
        self.succession = succession
        self.clock = clock
        self.shared = shared
        disk = OutputDisk(
            root: names.directory, owner: succession.owner, limit: config.openFilesMax, shared: shared,
            told: start.state.owners[succession.owner.id]?.folders ?? [], doubt: doubt)
        compressors = CompressorPool(config.compression, level: config.level)
        aging = OutputAging(config)
        owned = OwnedPositions(claimsPartitions: succession.claimsPartitions)
        sequence = start.state.sequences[succession.task.index] ?? 0
        found(start.state)
        goOn(with: start.open)
    }

    /// The positions belong to the task of this number from its start; those of tasks that are no more to any.
    private func found(_ state: SinkState) {
        owned.found(
            state.positions.map { OwnedPositions.Stored(partition: $0, offset: $1.offset, epoch: $1.epoch) })
        let (index, count) = (succession.task.index, succession.task.count)
        owned.forgetLater(state.positions.filter { $1.task == index || $1.task >= count }.keys)
    }

    /// Takes files over that others began.
    private func goOn(with parts: [SinkState.Part]) {
        for part in parts {
            let file = makeFile(part.entry)
            let key = ByteName(part.entry.key)
            let isForeign = config.template.namesTask && part.task != succession.task.index
            if isForeign || open[key] != nil { complete(file) } else { open[key] = file }
        }
    }

    /// Whether anything was taken since the last ``flush()``, or nothing can be flushed any more.
    var hasUnflushed: Bool {
        loss != nil || owned.isBehind || open.values.contains(where: \.isDirty)
            || finished.contains(where: \.hasNewRecords)
    }

    /// Takes partitions over, and files of owners that are dead.
    func claim(_ partitions: [PositionFields], _ recovery: Recovery) throws(ConnectorError) -> [Position] {
        if let loss { throw loss }
        let task = succession.task.index
        let (stored, left, folders) = try shared.update { state throws(ConnectorError) in
            let dead = try recovery.deadHeirlooms(in: state)
            let left = state.parts.filter { dead.contains($0.owner) }
            let folders = dead.flatMap { state.owners[$0]?.folders ?? [] }
            state.adopt(dead, by: succession.owner)
            return (state.claim(partitions, task: task), left, folders)
        }
        owned.found(stored)
        disk.inherit(folders)
        do throws(ConnectorError) {
            goOn(with: try recovery.settle(left))
        } catch {
            // They are this task's now, and the next flush would forget them.
            throw lose(error)
        }
        return stored.compactMap(\.position)
    }

    func lose(_ reason: ConnectorError) -> ConnectorError {
        let kind: ConnectorError.Kind = reason.kind == .retriable ? .restartable : reason.kind
        let loss = ConnectorError(kind, reason.message, native: reason.native)
        self.loss = loss
        return loss
    }

    /// Does something whose failure a second try may mend, unless something is lost by it.
    func onDisk<Result>(_ body: () throws(FileFailure) -> Result) throws(ConnectorError) -> Result {
        do throws(FileFailure) {
            return try body()
        } catch {
            let reason = error.connectorError
            guard doubt.reason != nil else { throw reason }
            let records = "the records since the last commit are read and written again"
            throw lose(ConnectorError(reason.kind, "\(reason.message); \(records)", native: reason.native))
        }
    }

    /// Tries again what failed before; a throw means that nothing more can be taken now.
    func makeRoom() throws(ConnectorError) {
        if let loss { throw loss }
        guard failure != nil else { return }
        for file in finished { try settle(file) }
        try drainAll()
        failure = nil
    }

    /// The file for records of this topic and partition, begun if need be.
    func file(topic: String?, partition: Int32?) -> OutputFile {
        let time = CivilTime(milliseconds: clock.now)
        let key = ByteName(
            config.template.key(topic: topic, partition: partition, task: succession.task.index, time: time))
        if let file = open[key] {
            disk.use(file)
            return file
        }
        if open.count >= Self.mostUnfinished { finishOldest() }
        var final = config.template.path(
            topic: topic, partition: partition, task: succession.task.index, sequence: sequence, time: time)
        let folder = FileSystem.parent(of: final)
        while unsafe access(names.part(sequence, of: succession.owner.id, in: folder), F_OK) == 0 { sequence += 1 }
        final = config.template.path(
            topic: topic, partition: partition, task: succession.task.index, sequence: sequence, time: time)
        let file = makeFile(
            OutputEntry(
                key: key.text, temporary: names.part(sequence, of: succession.owner.id, in: folder),
                period: config.template.period(time), final: final))
        sequence += 1
        open[key] = file
        disk.use(file)
        aging.began(at: file.begunAt)
        return file
    }

    /// Looks at a file after records were added: it may be full, and what waits in memory may be enough to write.
    ///
    /// - Parameter count: Bytes that were added, before compression.
    func added(_ count: Int, to file: OutputFile) {
        let age = clock.monotonic - file.begunAt
        if config.rotation.isDue(bytes: file.bytes, records: file.records, age: age) { return finish(file) }
        waiting += count
        do throws(ConnectorError) {
            if compressors.lentCount > CompressorPool.mostOpen { try endOldMembers() }
            if waiting > Self.mostWaiting { return try drainAll() }
            if file.waiting >= OutputFile.piece { try drain(file) }
        } catch {
            failure = error
        }
    }

    private func drain(_ file: OutputFile) throws(ConnectorError) {
        if file.waiting == 0 { return }
        if file.isUnmade { try tellFolders(with: file) }
        waiting = max(0, waiting - file.waiting)
        try onDisk { () throws(FileFailure) in
            try disk.open(file)
            try file.drain(keepingRoom: open.count <= Self.mostWithRoom)
        }
    }

    func drainAll() throws(ConnectorError) {
        for file in open.values { try drain(file) }
        waiting = 0
    }

    /// Tells the state of the folders in which files are to be made, of all of them at once.
    private func tellFolders(with file: OutputFile) throws(ConnectorError) {
        if disk.isTold(file) { return }
        do throws(ConnectorError) {
            try disk.tell(open.values.filter(\.isUnmade) + [file])
        } catch {
            throw error.kind == .retriable ? error : lose(error)
        }
    }

    private func endOldMembers() throws(ConnectorError) {
        let order = open.values.filter(\.hasOpenMember).sorted { $0.lastUse < $1.lastUse }
        try onDisk { () throws(FileFailure) in
            for file in order.prefix(max(1, order.count / 2)) { try file.endMember() }
        }
    }

    /// Finishes the files that are too old, or named after a time that has passed.
    func finishOld() {
        guard aging.isDue(at: clock) else { return }
        let (now, period) = (clock.monotonic, config.template.period(CivilTime(milliseconds: clock.now)))
        for file in Array(open.values) {
            let isDue = config.rotation.isDue(bytes: 0, records: 0, age: now - file.begunAt)
            if isDue || file.entry.period != period { finish(file) } else { aging.began(at: file.begunAt) }
        }
    }

    /// Notes what the records taken so far cover.
    func move(to position: Position) { owned.move(to: position) }

    /// Deletes files of which nothing is committed.
    func abandon() {
        for file in open.values where !file.isCommitted && !shared.isInDoubt {
            try? FileSystem.remove(file.entry.temporary)
        }
        open = [:]
    }

    private func makeFile(_ entry: OutputEntry) -> OutputFile {
        OutputFile(entry, compressors: compressors, doubt: doubt, now: clock.monotonic)
    }

    private func finishOldest() {
        if let oldest = open.values.min(by: { $0.lastUse < $1.lastUse }) { finish(oldest) }
    }

    /// Completes a file; it gets its name with the next ``flush()``.
    func finish(_ file: OutputFile) {
        open[ByteName(file.entry.key)] = nil
        complete(file)
    }

    private func complete(_ file: OutputFile) {
        if file.isEmpty { return }
        finished.append(file)
        do throws(ConnectorError) {
            let tail = config.format.tail
            if !tail.isEmpty { try onDisk { () throws(FileFailure) in try file.append(tail) } }
            try settle(file)
        } catch {
            failure = error
        }
    }

    func settle(_ file: OutputFile) throws(ConnectorError) {
        try onDisk { () throws(FileFailure) in try file.endMember() }
        try drain(file)
        try onDisk { () throws(FileFailure) in try disk.close(file) }
    }
}
