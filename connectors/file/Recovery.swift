import ConnectorKit
import Formats
import Glibc

/// Brings the disk back to what was committed, after any end of an earlier run.
struct Recovery {
    let names: SinkNames
    let task: TaskSlot

    /// Finishes renames, cuts unfinished files back and deletes those of which nothing is committed.
    ///
    /// The first task also takes over what tasks left that no longer exist.
    /// - Returns: The state to go on from; nil when there is none.
    func recover() throws(ConnectorError) -> SinkState? {
        let own = try recover(names)
        guard task.index == 0 else { return own }
        return try takingOver(orphans(), own)
    }

    private func recover(_ names: SinkNames) throws(ConnectorError) -> SinkState? {
        var state = try SinkState(at: names.state)
        do throws(FileFailure) {
            for entry in state?.finished ?? [] where unsafe access(entry.temporary, F_OK) == 0 { try publish(entry) }
            for entry in state?.open ?? [] { try cutBack(entry) }
            let known = try inUse()
            for name in try FileSystem.names(in: names.directory) where names.isTemporary(name) && !known.contains(name)
            {
                try FileSystem.remove("\(names.directory)/\(name)")
            }
        } catch {
            throw error.connectorError
        }
        state?.finished = []
        return state
    }

    /// The temporaries of every task: one may go on with a file that another began.
    private func inUse() throws(FileFailure) -> Set<String> {
        var known: Set<String> = []
        for task in try FileSystem.names(in: names.directory).compactMap(names.taskOfState) {
            let state = try? SinkState(at: names.ofTask(task).state)
            known.formUnion((state?.open ?? []).map { FileSystem.name(of: $0.temporary) })
        }
        return known
    }

    private func publish(_ entry: OutputEntry) throws(FileFailure) {
        var entry = entry
        entry.final = SinkNames.free(entry.final, besides: [])
        try SinkNames.publish(entry)
        try FileSystem.synchronizeDirectory(FileSystem.parent(of: entry.final))
    }

    private func cutBack(_ entry: OutputEntry) throws(FileFailure) {
        let size = try FileSystem.status(of: entry.temporary).size
        guard size >= entry.bytes else {
            throw FileFailure("find all committed bytes of", entry.temporary, errno: ENODATA)
        }
        if size == entry.bytes { return }
        let file = try OpenFile(writing: entry.temporary, truncating: false)
        try file.truncate(to: entry.bytes)
        try file.synchronize()
    }

    private func orphans() throws(ConnectorError) -> [SinkNames] {
        do throws(FileFailure) {
            let tasks = try FileSystem.names(in: names.directory).compactMap(names.taskOfState)
            return tasks.filter { $0 >= task.count }.map(names.ofTask)
        } catch {
            throw error.connectorError
        }
    }

    private func takingOver(_ orphans: [SinkNames], _ own: SinkState?) throws(ConnectorError) -> SinkState? {
        guard !orphans.isEmpty else { return own }
        var all = own ?? SinkState()
        for orphan in orphans {
            guard let state = try recover(orphan) else { continue }
            all.open += state.open.map { $0.renamedKey("\($0.key) of \(orphan.state)") }
            all.offsets.merge(state.offsets, uniquingKeysWith: { own, _ in own })
        }
        do throws(FileFailure) {
            try all.write(to: names.state)
            for orphan in orphans { try FileSystem.remove(orphan.state) }
        } catch {
            throw error.connectorError
        }
        return all
    }
}
