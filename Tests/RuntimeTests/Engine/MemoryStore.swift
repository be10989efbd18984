import ConnectorKit
import Synchronization

@testable import Runtime

/// Positions in memory, with what happened to them in the journal.
final class MemoryStore: PositionStore {
    private let kept = Mutex<[String: [PositionFields: Position]]>([:])
    private let journal: Journal

    let workerID = "test"

    init(journal: Journal = Journal()) { self.journal = journal }

    func positions(of pipeline: String) -> [Position] { kept.withLock { Array(($0[pipeline] ?? [:]).values) } }

    func commit(_ positions: [Position], of pipeline: String) {
        journal.add("store commit \(positions.map(\.offset.json).joined())")
        kept.withLock { kept in
            for position in positions { kept[pipeline, default: [:]][position.partition] = position }
        }
    }

    func learn(_ positions: [Position], of pipeline: String, unlessChangedSince known: [Position]) {
        let now = self.positions(of: pipeline)
        commit(
            positions.filter { position in
                now.first { $0.partition == position.partition } == known.first { $0.partition == position.partition }
            }, of: pipeline)
    }

    func pipelines() -> [String] { kept.withLock { $0.keys.sorted() } }
    func reset(_ pipeline: String, partition: PositionFields?) -> Int { 0 }
    func forgotten(of pipeline: String) -> Set<PositionFields> { [] }
}
