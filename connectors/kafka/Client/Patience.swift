import ConnectorKit

/// How long calls may wait for brokers: until the start is to be done, and until everything is to be given up.
struct Patience: Sendable {
    /// One wait within a call; what ends the patience is noticed as late as this.
    private static let turn = Duration.milliseconds(500)

    /// What a call that ran out of patience throws.
    static let over = ConnectorError.retriable("Kafka was not waited for any longer, since the task is to end")

    private let stop: StopSignal
    private let deadline: Duration?
    let clock: WorkerClock

    /// Without an end unless something ends it.
    init(stop: StopSignal = StopSignal()) {
        self.stop = stop
        deadline = nil
        clock = .system
    }

    /// That of a start.
    init(_ context: SinkContext) {
        stop = context.stop
        deadline = context.deadline
        clock = context.clock
    }

    /// Whether nothing may be waited for any more.
    var isOver: Bool { stop.isRequested || left <= .zero }

    /// How long one wait may take now.
    var turn: Duration { max(.milliseconds(1), min(Self.turn, left)) }

    private var left: Duration { deadline.map { $0 - clock.monotonic } ?? Self.turn }
}
