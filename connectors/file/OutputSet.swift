import ConnectorKit
import Formats
import Glibc

/// The files a task writes, from their first record to their final name.
final class OutputSet {
    /// Files written at the same time at most; beyond it the one begun first is finished.
    static let maximumOpen = 100

    private let config: SinkConfig
    private let names: SinkNames
    private let clock: WorkerClock
    private let succession: Succession
    private let shared: SharedState
    private var open: [String: OutputFile] = [:]
    private var finished: [OutputFile] = []
    /// The number of the next file. The state keeps it, so that no name of an unfinished one comes again: another task may
    /// have taken over the first of that name.
    private var sequence = 0
    private var owned: OwnedPositions
    /// Why nothing can be taken now, until what failed is tried again.
    private var failure: ConnectorError?
    /// Why this life of the task can flush nothing any more.
    private var loss: ConnectorError?

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
        owned = OwnedPositions(claimsPartitions: succession.claimsPartitions)
        sequence = start.state.sequences[succession.task.index] ?? 0
        found(start.state)
        try goOn(with: start.open)
    }

    /// The positions belong to the task of this number from its start; those of tasks that are no more to any.
    private func found(_ state: SinkState) {
        owned.found(
            state.positions.map { OwnedPositions.Stored(partition: $0, offset: $1.offset, epoch: $1.epoch) })
        let (index, count) = (succession.task.index, succession.task.count)
        owned.forgetLater(state.positions.filter { $1.task == index || $1.task >= count }.keys)
    }

    /// Takes files over that others began.
    private func goOn(with parts: [SinkState.Part]) throws(ConnectorError) {
        for part in parts {
            let file = try makeFile(part.entry)
            let isForeign = config.template.namesTask && part.task != succession.task.index
            if isForeign || open[part.entry.key] != nil { complete(file) } else { open[part.entry.key] = file }
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
        let (stored, left) = try shared.update { state throws(ConnectorError) in
            let dead = try recovery.deadHeirlooms(in: state)
            let left = state.parts.filter { dead.contains($0.owner) }
            state.adopt(dead, by: succession.owner.id)
            return (state.claim(partitions, task: task), left)
        }
        owned.found(stored)
        do throws(ConnectorError) {
            try goOn(with: recovery.settle(left))
        } catch {
            // They are this task's now, and the next flush would forget them.
            throw lose(error)
        }
        return stored.compactMap(\.position)
    }

    private func lose(_ reason: ConnectorError) -> ConnectorError {
        let kind: ConnectorError.Kind = reason.kind == .retriable ? .restartable : reason.kind
        let loss = ConnectorError(kind, reason.message, native: reason.native)
        self.loss = loss
        return loss
    }

    /// Tries again what failed before; a throw means that nothing more can be taken now.
    func makeRoom() throws(ConnectorError) {
        if let loss { throw loss }
        guard failure != nil else { return }
        do throws(FileFailure) {
            for file in finished { try settle(file) }
            for file in open.values { try file.drain() }
            failure = nil
        } catch {
            throw error.connectorError
        }
    }

    /// The file for records of this topic and partition, begun if need be.
    func file(topic: String?, partition: Int32?) throws(ConnectorError) -> OutputFile {
        let time = CivilTime(milliseconds: clock.now)
        let key = config.template.path(
            topic: topic, partition: partition, task: succession.task.index, sequence: nil, time: time)
        if let file = open[key] { return file }
        if open.count >= Self.maximumOpen { try finishOldest() }
        let owner = succession.owner.id
        while unsafe access(names.part(sequence, of: owner), F_OK) == 0 { sequence += 1 }
        let final = config.template.path(
            topic: topic, partition: partition, task: succession.task.index, sequence: sequence, time: time)
        let file = try makeFile(
            OutputEntry(
                key: key, temporary: names.part(sequence, of: owner), period: config.template.period(time), final: final
            ))
        sequence += 1
        open[key] = file
        return file
    }

    /// Looks at a file after records were added: it may be full, and what waits in memory may be enough to write.
    func added(to file: OutputFile) throws(ConnectorError) {
        let age = clock.monotonic - file.begunAt
        if config.rotation.isDue(bytes: file.bytes, records: file.records, age: age) { return finish(file) }
        guard file.isDrainDue else { return }
        do throws(FileFailure) { try file.drain() } catch { failure = error.connectorError }
    }

    /// Finishes the files that are too old, or named after a time that has passed.
    func finishOld() throws(ConnectorError) {
        guard config.rotation.interval != nil || config.template.dependsOnTime else { return }
        let period = config.template.period(CivilTime(milliseconds: clock.now))
        for file in Array(open.values) {
            let isDue = config.rotation.isDue(bytes: 0, records: 0, age: clock.monotonic - file.begunAt)
            if isDue || file.entry.period != period { finish(file) }
        }
    }

    /// Notes what the records taken so far cover.
    func move(to position: Position) { owned.move(to: position) }

    /// Makes everything durable, then the state, then gives finished files their names.
    func flush() throws(ConnectorError) {
        if let loss { throw loss }
        try finishOld()
        guard hasUnflushed || owned.hasChanges || !finished.isEmpty else { return }
        try flush(storingPositions: true)
    }

    private func flush(storingPositions: Bool) throws(ConnectorError) {
        do throws(FileFailure) {
            for file in finished { try settle(file) }
            for file in open.values {
                try file.endMember()
                try file.synchronize()
            }
            nameFinished()
        } catch {
            throw error.connectorError
        }
        try commit(storingPositions ? owned.changes() : [])
        if storingPositions { owned.stored() }
        for file in open.values { file.isCommitted = true }
        do throws(FileFailure) { try publish() } catch { throw error.connectorError }
        failure = nil
    }

    private func commit(_ changes: [OwnedPositions.Change]) throws(ConnectorError) {
        let (owner, task, claims) = (succession.owner.id, succession.task.index, succession.claimsPartitions)
        let (parts, sequence) = (parts, sequence)
        do throws(ConnectorError) {
            try shared.update { state throws(ConnectorError) in
                try state.store(changes, task: task, claims: claims)
                state.replaceParts(of: owner, with: parts)
                state.sequences[task] = max(sequence, state.sequences[task] ?? 0)
            }
        } catch {
            throw error.kind == .retriable ? error : lose(error)
        }
    }

    /// Finishes every file, for the end of a run. Call only when nothing is unflushed.
    func finishAll() throws(ConnectorError) {
        for file in Array(open.values) { finish(file) }
        // Whether the worker has committed what the last flush covered is not known here, so the state still says it.
        if !finished.isEmpty { try flush(storingPositions: false) }
    }

    /// Deletes files of which nothing is committed.
    func abandon() {
        for file in open.values where !file.isCommitted && !shared.isInDoubt {
            try? FileSystem.remove(file.entry.temporary)
        }
        open = [:]
    }

    /// This owner's unfinished files, as the state keeps them.
    private var parts: [SinkState.Part] {
        let open = open.values.filter { !$0.isEmpty }.sorted { $0.entry.key < $1.entry.key }
        return open.map { part(of: $0, isFinished: false) } + finished.map { part(of: $0, isFinished: true) }
    }

    private func part(of file: OutputFile, isFinished: Bool) -> SinkState.Part {
        SinkState.Part(
            owner: succession.owner.id, task: succession.task.index, entry: file.currentEntry, isFinished: isFinished)
    }

    private func makeFile(_ entry: OutputEntry) throws(ConnectorError) -> OutputFile {
        try OutputFile(entry, compression: config.compression, level: config.level, now: clock.monotonic)
    }

    private func finishOldest() throws(ConnectorError) {
        if let oldest = open.values.min(by: { $0.begunAt < $1.begunAt }) { finish(oldest) }
    }

    /// Completes a file; it gets its name with the next ``flush()``.
    private func finish(_ file: OutputFile) {
        open[file.entry.key] = nil
        complete(file)
    }

    private func complete(_ file: OutputFile) {
        if file.isEmpty { return }
        finished.append(file)
        do throws(FileFailure) {
            let tail = config.format.tail
            if !tail.isEmpty { try file.append(tail) }
            try settle(file)
        } catch {
            failure = error.connectorError
        }
    }

    private func settle(_ file: OutputFile) throws(FileFailure) {
        try file.endMember()
        try file.synchronize()
        file.close()
    }

    /// Chooses names that no file has yet, before the state tells them.
    private func nameFinished() {
        var taken: Set<String> = []
        for file in finished {
            file.entry.final = SinkNames.free(file.entry.final, besides: taken)
            taken.insert(file.entry.final)
        }
    }

    private func publish() throws(FileFailure) {
        var directories: Set<String> = [names.directory]
        while let file = finished.first {
            try SinkNames.publish(file.entry)
            directories.insert(FileSystem.parent(of: file.entry.final))
            finished.removeFirst()
        }
        for directory in directories { try FileSystem.synchronizeDirectory(directory) }
    }
}
