import ConnectorKit
import Formats

/// When files may have become too old, or have the name of a time that has passed: what spares looking at each of them.
struct OutputAging {
    private let interval: Duration?
    private let template: PathTemplate?
    private var oldest: Duration?
    private var period: String?

    init(_ config: SinkConfig) {
        interval = config.rotation.interval
        template = config.template.dependsOnTime ? config.template : nil
    }

    /// Notes a file that goes on.
    mutating func began(at time: Duration) { oldest = min(oldest ?? time, time) }

    /// Whether the files are to be looked at now. Those that go on are to be noted again then.
    mutating func isDue(at clock: WorkerClock) -> Bool {
        guard isOver(clock.monotonic) || hasPassed(clock.now) else { return false }
        oldest = nil
        return true
    }

    private func isOver(_ now: Duration) -> Bool {
        guard let interval, let oldest else { return false }
        return now - oldest >= interval
    }

    private mutating func hasPassed(_ now: Int64) -> Bool {
        guard let template else { return false }
        let current = template.period(CivilTime(milliseconds: now))
        defer { period = current }
        return current != period
    }
}
