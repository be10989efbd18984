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
    private let task: TaskSlot
    private var open: [String: OutputFile] = [:]
    private var finished: [OutputFile] = []
    private var sequence = 0
    /// What moved since the last flush: the worker commits it after each, so that no more is needed after a crash.
    private var offsets: [PositionFields: PositionFields] = [:]
    /// What the state on disk says; the next flush forgets it, lest it grow stale.
    private var kept: [PositionFields: PositionFields] = [:]
    private var isStateOutdated = false
    private var failure: ConnectorError?

    /// - Parameter state: What an earlier run left; its open files go on.
    init(
        _ config: SinkConfig, names: SinkNames, task: TaskSlot, clock: WorkerClock, state: SinkState
    ) throws(ConnectorError) {
        self.config = config
        self.names = names
        self.task = task
        self.clock = clock
        sequence = state.sequence
        kept = state.offsets
        for entry in state.open { open[entry.key] = try makeFile(entry) }
    }

    /// Whether anything was taken since the last ``flush()``.
    var hasUnflushed: Bool { isStateOutdated || !finished.isEmpty || open.values.contains(where: \.isDirty) }

    /// Tries again what failed before; a throw means that nothing more can be taken now.
    func makeRoom() throws(ConnectorError) {
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
            topic: topic, partition: partition, task: task.index, sequence: nil, time: time)
        if let file = open[key] { return file }
        if open.count >= Self.maximumOpen { try finishOldest() }
        while unsafe access(names.temporary(sequence), F_OK) == 0 { sequence += 1 }
        let final = config.template.path(
            topic: topic, partition: partition, task: task.index, sequence: sequence, time: time)
        let entry = OutputEntry(
            key: key, temporary: names.temporary(sequence), period: config.template.period(time), final: final)
        let file = try makeFile(entry)
        sequence += 1
        open[key] = file
        return file
    }

    /// Looks at a file after records were added: it may be full, and what waits in memory may be enough to write.
    func added(to file: OutputFile) throws(ConnectorError) {
        let age = clock.monotonic - file.begunAt
        if config.rotation.isDue(bytes: file.bytes, records: file.records, age: age) { return try finish(file) }
        guard file.isDrainDue else { return }
        do throws(FileFailure) { try file.drain() } catch { failure = error.connectorError }
    }

    /// Finishes the files that are too old, or named after a time that has passed.
    func finishOld() throws(ConnectorError) {
        guard config.rotation.interval != nil || config.template.dependsOnTime else { return }
        let period = config.template.period(CivilTime(milliseconds: clock.now))
        for file in Array(open.values) {
            let isDue = config.rotation.isDue(bytes: 0, records: 0, age: clock.monotonic - file.begunAt)
            if isDue || file.entry.period != period { try finish(file) }
        }
    }

    /// Notes what the records taken so far cover.
    func move(to position: Position) {
        guard offsets.updateValue(position.offset, forKey: position.partition) != position.offset else { return }
        isStateOutdated = true
    }

    /// Makes everything durable, then the state, then gives finished files their names.
    func flush() throws(ConnectorError) {
        try finishOld()
        guard hasUnflushed || !kept.isEmpty else { return }
        try flush(covering: offsets)
        offsets = [:]
    }

    private func flush(covering positions: [PositionFields: PositionFields]) throws(ConnectorError) {
        do throws(FileFailure) {
            for file in finished { try settle(file) }
            for file in open.values {
                try file.endMember()
                try file.synchronize()
            }
            nameFinished()
            try state(covering: positions).write(to: names.state)
            kept = positions
            for file in open.values { file.isCommitted = true }
            isStateOutdated = false
            try publish()
        } catch {
            throw error.connectorError
        }
        failure = nil
    }

    /// Finishes every file, for the end of a run. Call only when nothing is unflushed.
    func finishAll() throws(ConnectorError) {
        for file in Array(open.values) { try finish(file) }
        // Whether the worker has committed what the last flush covered is not known here, so the state still says it.
        if !finished.isEmpty { try flush(covering: kept) }
    }

    /// Deletes files of which nothing is committed.
    func abandon() {
        for file in open.values where !file.isCommitted { try? FileSystem.remove(file.entry.temporary) }
        open = [:]
    }

    private func state(covering positions: [PositionFields: PositionFields]) -> SinkState {
        var state = SinkState()
        state.sequence = sequence
        state.open = open.values.filter { !$0.isEmpty }.map(\.currentEntry).sorted { $0.key < $1.key }
        state.finished = finished.map(\.currentEntry)
        state.offsets = positions
        return state
    }

    private func makeFile(_ entry: OutputEntry) throws(ConnectorError) -> OutputFile {
        try OutputFile(entry, compression: config.compression, level: config.level, now: clock.monotonic)
    }

    private func finishOldest() throws(ConnectorError) {
        if let oldest = open.values.min(by: { $0.begunAt < $1.begunAt }) { try finish(oldest) }
    }

    /// Completes a file; it gets its name with the next ``flush()``.
    private func finish(_ file: OutputFile) throws(ConnectorError) {
        open[file.entry.key] = nil
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
