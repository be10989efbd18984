/// Spreads records evenly over time; what was not used for a while is not caught up with.
struct Pace: Sendable {
    private let interval: Duration
    private var next: Duration?

    /// - Parameter rate: Records a second, more than zero.
    init(rate: Double) { interval = .seconds(1) / rate }

    /// How many records may go now, at most `most`; nothing is used up.
    func allowed(at now: Duration, most: Int) -> Int {
        guard let next else { return min(1, most) }
        guard now >= next else { return 0 }
        return min(most, 1 + Int(min((now - next) / interval, Double(most))))
    }

    /// How long until the next record may go; zero when one may go now.
    func wait(at now: Duration) -> Duration { max(.zero, (next ?? now) - now) }

    /// Notes that records went.
    mutating func used(_ count: Int, at now: Duration) {
        // At most a second is made up for, so that a stall is not followed by a flood.
        let start = max(next ?? now, now - .seconds(1))
        next = start + interval * count
    }
}
