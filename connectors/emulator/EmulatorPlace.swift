import ConnectorKit

/// Where a task goes on: the number of its next record.
///
/// Task i of n makes the records i, i + n, i + 2n, … of one endless list, so positions hold for a number of tasks.
struct EmulatorPlace {
    let partition: PositionFields

    /// - Parameter list: What the list is: the seed, or the file that is replayed.
    init(list: String, _ task: TaskSlot) {
        partition = [
            "list": .string(list), "task": .int(Int64(task.index)), "tasks": .int(Int64(task.count)),
        ]
        self.list = list
        self.task = task
    }

    private let list: String
    private let task: TaskSlot

    /// The number to begin with, given what is stored.
    ///
    /// When the number of tasks changed, it is the first that some task had not made; a few may come again.
    func first(_ positions: [Position]) -> Int {
        let mine = positions.filter { $0.partition["list"]?.string == list }
        if let stored = mine.last(where: { $0.partition == partition })?.offset["next"]?.int {
            return Int(max(0, stored))
        }
        var layouts: [Int64: [Int64]] = [:]
        for position in mine {
            guard let tasks = position.partition["tasks"]?.int, let next = position.offset["next"]?.int else {
                continue
            }
            layouts[tasks, default: []].append(next)
        }
        let complete = layouts.filter { $0.value.count == Int($0.key) }.compactMap { $0.value.min() }
        let start = Int(max(0, complete.max() ?? 0))
        let ahead = (task.index - start % task.count + task.count) % task.count
        return start + ahead
    }

    /// Everything of this task below `next` is made.
    func position(_ next: Int) -> Position { Position(partition: partition, offset: ["next": .int(Int64(next))]) }
}
