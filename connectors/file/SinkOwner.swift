import ConnectorKit

/// One life of a task of the sink, which owns unfinished files until it ends.
struct SinkOwner: Hashable {
    /// Names it in the state and in the names of its files: the task's number, or a name that no other life has where
    /// several workers may run the same task.
    let id: String
    /// The worker; empty where a version without owners wrote.
    let worker: String
    /// The task's number.
    let task: Int

    init(id: String, worker: String, task: Int) {
        self.id = id
        self.worker = worker
        self.task = task
    }

    init(_ context: SinkContext) {
        let unique = "\(SinkNames.safe(context.worker))-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        self.init(
            id: context.claimsPartitions ? unique : String(context.task.index), worker: context.worker,
            task: context.task.index)
    }
}

/// Whose files a life of a task takes over once they are dead.
struct Succession {
    let owner: SinkOwner
    let task: TaskSlot
    let claimsPartitions: Bool

    init(_ context: SinkContext) {
        owner = SinkOwner(context)
        task = context.task
        claimsPartitions = context.claimsPartitions
    }

    /// Its own earlier life, and with the first task those of tasks that there are no longer. Where several workers write side
    /// by side also any of another worker, which may never come back.
    func isHeir(of other: SinkOwner) -> Bool {
        if other.id == owner.id { return true }
        if claimsPartitions && other.worker != owner.worker { return true }
        return other.task == task.index || task.index == 0 && other.task >= task.count
    }
}
