import ConnectorKit

/// How far one table or query has been read, and when it is looked at again.
struct Reading {
    let plan: ReadPlan
    let topic: FieldName?
    var place: Place?
    var layout: RowLayout?
    /// By the monotonic clock.
    var due = Duration.zero
    private(set) var isDone: Bool
    private var hasWarned = false

    init(_ target: ReadTarget, _ config: SourceConfig, stored: PositionFields?) throws {
        plan = ReadPlan(target, config)
        if let stored {
            guard let place = Place(stored, mode: config.mode) else {
                throw ConnectorError.configuration(
                    "the stored position \(stored.json) of \(target) is not one of mode \(config.mode.rawValue); restore "
                        + "the mode, or forget the position with: sluice offsets reset")
            }
            self.place = place
        }
        isDone = place?.isComplete ?? false
        var name = config.topicPrefix
        if case .table(let table) = target { name += table.table }
        topic = name.isEmpty ? nil : FieldName(interning: name)
    }

    var position: Position? { place.map { Position(partition: plan.target.partition, offset: $0.offset) } }

    mutating func ended(_ place: Place?, at now: Duration, _ config: SourceConfig) {
        if let place { self.place = place }
        if plan.mode == .bulk { self.place = Place(isComplete: true) }
        isDone = plan.mode == .bulk || !config.follow
        due = now + config.pollInterval
    }

    mutating func warnOnce(_ log: Log) {
        guard !hasWarned, plan.mode != .bulk else { return }
        hasWarned = true
        log.warning(
            "more than 16 MiB of rows have the same timestamp, and come again if the worker is killed among them; "
                + "mode timestamp+incrementing tells them apart",
            ("source", "\(plan.target)"))
    }
}
