import ConnectorKit

/// Says how many records are due.
struct Pacer {
    /// Records are given out at least this often, as many as are due by then.
    private static let stepsPerSecond = 20.0

    private let rate: Double?
    private let start: Duration
    private var given = 0.0

    /// - Parameter rate: Records a second; nil is without limit.
    init(rate: Double?, start: Duration) {
        self.rate = rate
        self.start = start
    }

    /// What to do at a moment: make some records, at most `most`, or wait.
    enum Turn: Equatable {
        case make(Int)
        case wait(Duration)
    }

    /// Decides; ``made(_:)`` tells what came of it.
    func turn(at now: Duration, most: Int) -> Turn {
        guard let rate else { return .make(most) }
        let due = (now - start) / .seconds(1) * rate - given
        let step = max(1, min(Double(most), rate / Self.stepsPerSecond))
        if due >= step { return .make(Int(min(due, Double(most)))) }
        return .wait(.seconds((step - due) / rate))
    }

    /// Notes that records were made.
    mutating func made(_ count: Int) { given += Double(count) }
}
