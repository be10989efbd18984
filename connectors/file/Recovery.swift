import ConnectorKit
import Formats
import Glibc

/// Brings the disk back to what was committed, after any end of an earlier run, and takes over what the dead left.
struct Recovery {
    let names: SinkNames
    let shared: SharedState
    let succession: Succession

    /// What a task starts from.
    struct Start {
        let state: SinkState
        /// Files that go on at their committed length.
        let open: [SinkState.Part]
    }

    private var owner: String { succession.owner.id }

    /// Finishes renames, cuts unfinished files back and deletes those of which nothing is committed.
    func recover() throws(ConnectorError) -> Start {
        let old = try oldStates()
        let dead = try deadHeirlooms(in: shared.read())
        if !old.isEmpty || !dead.isEmpty {
            try shared.update { state throws(ConnectorError) in
                state.imported = state.imported.filter { unsafe access(names.oldState(of: $0), F_OK) == 0 }
                for task in old { try importOldState(of: task, into: &state) }
                state.adopt(try deadHeirlooms(in: state), by: succession.owner)
            }
        }
        var state = try shared.read()
        let folders = Set([names.directory] + (state.owners[owner]?.folders ?? []))
        var left: [String] = []
        for folder in folders { left += try leftByTheDead(in: folder) }
        state = try shared.read()
        let known = Set(state.parts.map { ByteName($0.entry.temporary) })
        let start = Start(state: state, open: try settle(state.parts.filter { $0.owner == owner }))
        do throws(FileFailure) {
            for task in old { try FileSystem.remove(names.oldState(of: task)) }
            for path in left where !known.contains(ByteName(path)) { try FileSystem.remove(path) }
        } catch {
            throw error.connectorError
        }
        return start
    }

    /// Owners whose files this one inherits: within a change of the state, since others may do so too.
    func deadHeirlooms(in state: SinkState) throws(ConnectorError) -> [String] {
        do throws(FileFailure) {
            var dead: [String] = []
            for record in state.owners.values where record.owner.id != owner && succession.isHeir(of: record.owner) {
                if try SinkLock.isFree(names, record.owner.id) { dead.append(record.owner.id) }
            }
            return dead
        } catch {
            throw error.connectorError
        }
    }

    /// Gives whole files their names, and cuts the others back to what is committed.
    ///
    /// - Returns: The others.
    func settle(_ parts: [SinkState.Part]) throws(ConnectorError) -> [SinkState.Part] {
        let open = parts.filter { !$0.isFinished }
        do throws(FileFailure) {
            for part in parts where part.isFinished { try publish(part.entry) }
            for part in open { try cutBack(part.entry) }
            return open
        } catch {
            throw error.connectorError
        }
    }

    /// Gives a whole file its name, if it has not got it yet, and makes that durable either way.
    private func publish(_ entry: OutputEntry) throws(FileFailure) {
        let folders = [FileSystem.parent(of: entry.final), FileSystem.parent(of: entry.temporary)]
        if unsafe access(entry.temporary, F_OK) == 0 {
            try FileSystem.makeDirectory(folders[0])
            try SinkNames.publish(entry)
        }
        for folder in Set(folders) where unsafe access(folder, F_OK) == 0 {
            try FileSystem.synchronizeDirectory(folder)
        }
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

    /// The unfinished files of the dead in a folder, whether a state names them or not.
    private func leftByTheDead(in folder: String) throws(ConnectorError) -> [String] {
        do throws(FileFailure) {
            var found: [String] = []
            for name in try FileSystem.names(in: folder) {
                if let owner = names.ownerOfPart(name), try isDeadHeirloom(owner) { found.append("\(folder)/\(name)") }
            }
            return found
        } catch {
            // One that was told of and not made yet, or removed since.
            if error.errno == ENOENT { return [] }
            throw error.connectorError
        }
    }

    private func isDeadHeirloom(_ id: String) throws(FileFailure) -> Bool {
        if id == owner { return true }
        // A task's number is taken again by its next life; any other name is not.
        guard let task = Int(id) else { return try SinkLock.isFree(names, id) }
        guard succession.isHeir(of: SinkOwner(id: id, worker: "", task: task)) else { return false }
        return try SinkLock.isFree(names, id)
    }
}

extension Recovery {
    /// The tasks whose state of an older version is there, and which no worker of that version runs.
    private func oldStates() throws(ConnectorError) -> [Int] {
        do throws(FileFailure) {
            var tasks: [Int] = []
            for task in try FileSystem.names(in: names.directory).compactMap(names.taskOfOldState) {
                let isFree = String(task) == owner ? true : try SinkLock.isFree(names, String(task))
                if isFree { tasks.append(task) }
            }
            return tasks
        } catch {
            throw error.connectorError
        }
    }

    private func importOldState(of task: Int, into state: inout SinkState) throws(ConnectorError) {
        guard !state.imported.contains(task) else { return }
        let path = names.oldState(of: task)
        let content: [UInt8]
        do throws(FileFailure) {
            content = try FileSystem.content(of: path, limit: 1 << 30)
        } catch {
            // Another has imported and deleted it; its change of the state comes before this one.
            if error.errno == ENOENT { return }
            throw error.connectorError
        }
        let old = try SinkState(old: String(decoding: content, as: UTF8.self), task: task, at: path)
        state.imported.insert(task)
        state.owners.merge(old.owners, uniquingKeysWith: { own, _ in own })
        state.parts += old.parts
        state.positions.merge(old.positions, uniquingKeysWith: { own, _ in own })
        state.sequences.merge(old.sequences, uniquingKeysWith: max)
    }
}
