import ConnectorKit

/// A file on its way to its name.
struct OutputEntry: Hashable {
    /// What its records have in common: the path with the file's number left open.
    let key: String
    /// The name it is written under.
    let temporary: String
    /// The time in its name; empty when there is none.
    let period: String
    /// The name it gets.
    var final: String
    /// Bytes in it that are durable.
    var bytes: Int64 = 0
    /// Records in them.
    var records = 0

    func with(bytes: Int64, records: Int) -> OutputEntry {
        var entry = self
        entry.bytes = bytes
        entry.records = records
        return entry
    }
}

/// What all tasks of a sink keep beside their data: which bytes are committed, whose they are, and the positions they reach.
/// Pure: no I/O.
struct SinkState: Equatable {
    /// An unfinished file.
    struct Part: Hashable {
        /// The life of a task that writes it.
        var owner: String
        /// The task it was begun for.
        let task: Int
        let entry: OutputEntry
        /// Whether it is whole and may still have to be renamed; otherwise it goes on at its committed length.
        let isFinished: Bool
    }

    /// How far a partition of the source is covered.
    struct Reached: Hashable {
        /// Nil when it was taken over and never written.
        var offset: PositionFields?
        var epoch: Int64
        /// The task that wrote it last.
        var task: Int
    }

    /// What is known of an owner.
    struct Record: Hashable {
        let owner: SinkOwner
        /// How often it has changed the state: by this it knows that a change of its own is among those that count.
        var changes = 0
        /// Folders in which there may be files of its that the state does not name.
        var folders: [String] = []
    }

    var owners: [String: Record] = [:]
    var parts: [Part] = []
    var positions: [PositionFields: Reached] = [:]
    /// The number of each task's next file.
    var sequences: [Int: Int] = [:]
    /// Tasks whose state of an older version is in this one.
    var imported: Set<Int> = []

    /// Puts an owner's unfinished files in the place of those it had.
    mutating func replaceParts(of owner: String, with parts: [Part]) {
        self.parts.removeAll { $0.owner == owner }
        self.parts += parts
    }

    /// Gives an owner the files of others, which are dead.
    mutating func adopt(_ dead: [String], by owner: SinkOwner) {
        let dead = Set(dead).subtracting([owner.id])
        if dead.isEmpty { return }
        for index in parts.indices where dead.contains(parts[index].owner) { parts[index].owner = owner.id }
        let folders = dead.flatMap { owners[$0]?.folders ?? [] }
        for id in dead { owners[id] = nil }
        if !folders.isEmpty { owners[owner.id, default: Record(owner: owner)].folders += folders }
    }

    /// Takes partitions over, and gives what is stored of them.
    mutating func claim(_ partitions: [PositionFields], task: Int) -> [OwnedPositions.Stored] {
        Set(partitions).map { partition in
            var reached = positions[partition] ?? Reached(offset: nil, epoch: 0, task: task)
            reached.epoch += 1
            positions[partition] = reached
            return OwnedPositions.Stored(partition: partition, offset: reached.offset, epoch: reached.epoch)
        }
    }

    /// Stores positions where the epoch is as expected.
    ///
    /// - Parameter claims: Whether nothing may be missing that was there before.
    mutating func store(_ changes: [OwnedPositions.Change], task: Int, claims: Bool) throws(ConnectorError) {
        for change in changes {
            let found = positions[change.partition]?.epoch
            if change.offset == nil {
                if found == change.expected { positions[change.partition] = nil }
                continue
            }
            // What was forgotten is written anew.
            let isExpected = found == change.expected || found == nil && (change.expected == 0 || !claims)
            guard isExpected else { throw OwnedPositions.takenOver(change.partition) }
            positions[change.partition] = Reached(offset: change.offset, epoch: change.epoch, task: task)
        }
    }
}
