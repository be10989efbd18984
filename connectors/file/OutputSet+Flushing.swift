import ConnectorKit
import Formats

/// What makes files durable and gives them their names.
extension OutputSet {
    /// Makes everything durable, then the state, then gives finished files their names.
    func flush() throws(ConnectorError) {
        if let loss { throw loss }
        finishOld()
        guard hasUnflushed || owned.hasChanges || !finished.isEmpty else { return }
        try flush(storingPositions: true)
    }

    private func flush(storingPositions: Bool) throws(ConnectorError) {
        for file in finished { try settle(file) }
        try onDisk { () throws(FileFailure) in
            for file in open.values { try file.endMember() }
        }
        // All are written before the first is waited for, so that the disk takes them together.
        try drainAll()
        try onDisk { () throws(FileFailure) in
            for file in open.values { try file.synchronize() }
            try disk.synchronizeFolders()
        }
        nameFinished()
        try commit(storingPositions ? owned.changes() : [])
        if storingPositions { owned.stored() }
        for file in open.values { file.isCommitted = true }
        try publish()
        failure = nil
    }

    private func commit(_ changes: [OwnedPositions.Change]) throws(ConnectorError) {
        let (owner, task, claims) = (succession.owner.id, succession.task.index, succession.claimsPartitions)
        let (parts, sequence) = (parts, sequence)
        let folders = disk.foldersToTell(parts.map { FileSystem.parent(of: $0.entry.temporary) })
        do throws(ConnectorError) {
            try shared.update { state throws(ConnectorError) in
                try state.store(changes, task: task, claims: claims)
                state.replaceParts(of: owner, with: parts)
                state.sequences[task] = max(sequence, state.sequences[task] ?? 0)
                disk.tell(folders, in: &state)
            }
        } catch {
            throw error.kind == .retriable ? error : lose(error)
        }
        disk.hasTold(folders)
    }

    /// Finishes every file, for the end of a run. Call only when nothing is unflushed.
    func finishAll() throws(ConnectorError) {
        for file in Array(open.values) { finish(file) }
        // Whether the worker has committed what the last flush covered is not known here, so the state still says it.
        if !finished.isEmpty { try flush(storingPositions: false) }
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

    /// Chooses names that no file has yet, before the state tells them.
    private func nameFinished() {
        var taken: Set<ByteName> = []
        for file in finished {
            file.entry.final = SinkNames.free(file.entry.final, for: file.entry.temporary, besides: taken)
            taken.insert(ByteName(file.entry.final))
        }
    }

    private func publish() throws(ConnectorError) {
        var count = 0
        defer { finished.removeFirst(count) }
        try onDisk { () throws(FileFailure) in
            for file in finished {
                try disk.publish(file.entry)
                count += 1
            }
            try disk.synchronizeFolders()
        }
    }
}
