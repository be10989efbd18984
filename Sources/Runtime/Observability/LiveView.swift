internal import ConnectorKit

/// One line for each pipeline, for a terminal, and one for those that find no room.
///
/// Pure: the caller reads, draws, and says when.
public struct LiveView: Sendable {
    private static let widestName = 32
    private static let stateCells = TaskStatus.State.allCases.map(\.rawValue.count).max() ?? 0
    /// From here on there is room for a bar.
    private static let roomyColumns = 60

    private var rates = RateMeter()

    /// Has seen nothing yet.
    public init() {}

    /// The lines as they stand at `now` (monotonic), at most one less than the screen has rows.
    public mutating func lines(_ pipelines: [PipelineReading], at now: Duration, on screen: Screen) -> [String] {
        let perSecond = pipelines.map { rates.rate(of: $0.name, count: $0.totals.read, at: now) }
        let room = screen.rows - 1
        let isCut = pipelines.count > room
        let shown = isCut ? Self.worst(pipelines, room - 1) : Array(pipelines.indices)
        let widest = shown.map { pipelines[$0].name.cells }.max() ?? 0
        let nameCells = min(widest, Self.widestName, max(8, screen.columns / 3))
        var lines = shown.map { index in
            Self.line(pipelines[index], rate: perSecond[index], nameCells: nameCells, on: screen)
        }
        if isCut && room > 0 {
            let hidden = pipelines.indices.filter { !shown.contains($0) }
            lines.append(Self.rest(hidden.map { pipelines[$0] }, of: lines.isEmpty ? "" : "more: "))
        }
        return lines
    }

    /// The pipelines that need eyes most, in the order given.
    private static func worst(_ pipelines: [PipelineReading], _ count: Int) -> [Int] {
        let byNeed = pipelines.indices.sorted {
            (pipelines[$0].state.urgency, $0) < (pipelines[$1].state.urgency, $1)
        }
        return byNeed.prefix(max(0, count)).sorted()
    }

    private static func rest(_ pipelines: [PipelineReading], of words: String) -> String {
        let states = Dictionary(grouping: pipelines, by: \.state).sorted { $0.key.urgency < $1.key.urgency }
        return "\(pipelines.count) \(words)" + states.map { "\($1.count) \($0.rawValue)" }.joined(separator: ", ")
    }

    private static func line(
        _ pipeline: PipelineReading, rate: Double, nameCells: Int, on screen: Screen
    ) -> String {
        let totals = pipeline.totals
        var parts = [pipeline.name.fitted(toCells: nameCells), pipeline.state.rawValue.fitted(toCells: stateCells)]
        if let progress = pipeline.progress { parts.append(percent(progress, on: screen)) }
        parts += [
            "\(grouped(Int(rate)))/s", "in \(grouped(totals.read))", "out \(grouped(totals.delivered))",
            "filtered \(grouped(totals.filtered))",
        ]
        if totals.inFlight > 0 { parts.append("in flight \(grouped(totals.inFlight))") }
        if totals.deadLettered > 0 { parts.append("dead letters \(grouped(totals.deadLettered))") }
        if totals.skipped > 0 { parts.append("skipped \(grouped(totals.skipped))") }
        if let lag = pipeline.lag { parts.append("lag \(grouped(lag))") }
        return parts.joined(separator: "  ")
    }

    private static func percent(_ progress: Double, on screen: Screen) -> String {
        let number = "\(Int(progress * 100)) %"
        if screen.columns < roomyColumns { return number }
        let filled = Int(progress * 10)
        return String(repeating: "█", count: filled) + String(repeating: "░", count: 10 - filled)
            + String(repeating: " ", count: 6 - number.count) + number
    }
}

/// The rate of the last seconds, so that it follows what happens.
struct RateMeter: Sendable {
    private static let window = Duration.seconds(3)

    private var readings: [String: [(time: Duration, count: Int)]] = [:]

    /// Units a second of what is called `name`, which has come to `count` at `now` (monotonic).
    mutating func rate(of name: String, count: Int, at now: Duration) -> Double {
        var seen = readings[name, default: []].filter { now - $0.time <= Self.window }
        seen.append((now, count))
        readings[name] = seen
        guard let first = seen.first, now > first.time else { return 0 }
        return max(0, Double(count - first.count)) / ((now - first.time) / .seconds(1))
    }
}

/// A whole number with thousands apart: `1,234,567`.
func grouped(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (number < 0 ? "-" : "") + groups.joined(separator: ",")
}
