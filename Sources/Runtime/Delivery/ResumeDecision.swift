internal import ConnectorKit

/// Where a task reads on: what its sinks stored with their data, else what the worker stored. Pure: no I/O, no clock.
///
/// With several sinks that do not agree the worker's own position, which is the smallest of theirs, decides, so nothing is
/// lost; a sink that was ahead at a crash gets a few records again.
struct ResumeDecision: Equatable {
    /// The positions to read on from.
    let positions: [Position]
    /// Positions that the worker has to commit first; empty when it has nothing to learn.
    let learned: [Position]

    /// - Parameters:
    ///   - own: What the worker stored.
    ///   - stored: What each sink handed back at its start; nil for a sink that stores none.
    ///   - forgotten: Partitions that were reset and not committed since: what sinks stored of them does not count.
    init(own: [Position], stored: [[Position]?], forgotten: Set<PositionFields> = []) {
        let stored = stored.map { $0?.filter { !forgotten.contains($0.partition) } }
        let common = stored.first.flatMap { $0 } ?? []
        let isShared = !common.isEmpty && stored.allSatisfy { $0.map(Set.init) == Set(common) }
        learned = isShared ? common : []
        positions = isShared ? newest(of: own + common) : own
    }
}
