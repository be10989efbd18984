internal import ConnectorKit

/// One line for each pipeline, for a terminal: drawn again and again over itself.
///
/// Pure but for the numbers it reads: the caller prints, and says when.
public struct LiveView: Sendable {
    private struct Reading {
        let time: Duration
        let read: Int
    }

    /// The rate is that of the last seconds, so that it follows what happens.
    private static let window = Duration.seconds(3)

    private var readings: [String: [Reading]] = [:]

    /// Has seen nothing yet.
    public init() {}

    /// The lines as they stand at `now` (monotonic), each at most `width` columns.
    public mutating func lines(_ pipelines: [PipelineStatus], at now: Duration, width: Int) -> [String] {
        let nameWidth = min(32, pipelines.map(\.name.count).max() ?? 0)
        return pipelines.map { pipeline in
            let totals = pipeline.totals
            let rate = rate(of: pipeline.name, read: totals.read, at: now)
            return String(Self.line(pipeline, totals, rate: rate, nameWidth: nameWidth).prefix(width))
        }
    }

    private mutating func rate(of name: String, read: Int, at now: Duration) -> Double {
        var seen = readings[name, default: []].filter { now - $0.time <= Self.window }
        seen.append(Reading(time: now, read: read))
        readings[name] = seen
        guard let first = seen.first, now > first.time else { return 0 }
        return Double(read - first.read) / ((now - first.time) / .seconds(1))
    }

    private static func line(
        _ pipeline: PipelineStatus, _ totals: PipelineTotals, rate: Double, nameWidth: Int
    ) -> String {
        var parts = [
            pipeline.name.padded(to: nameWidth), pipeline.state.rawValue.padded(to: 8),
            "in \(grouped(totals.read))", "out \(grouped(totals.delivered))", "filtered \(grouped(totals.filtered))",
        ]
        if totals.inFlight > 0 { parts.append("in flight \(grouped(totals.inFlight))") }
        if totals.deadLettered > 0 { parts.append("dead letters \(grouped(totals.deadLettered))") }
        if totals.skipped > 0 { parts.append("skipped \(grouped(totals.skipped))") }
        parts.append("\(grouped(Int(rate)))/s")
        if let progress = pipeline.progress { parts.append(bar(progress)) }
        if let lag = pipeline.lag { parts.append("lag \(grouped(lag))") }
        return parts.joined(separator: "  ")
    }

    private static func bar(_ progress: Double) -> String {
        let filled = Int(progress * 10)
        return String(repeating: "█", count: filled) + String(repeating: "░", count: 10 - filled)
            + " \(Int(progress * 100)) %"
    }
}

/// What a pipeline came to, a line each, for the end of a run.
public func summaryLines(_ pipelines: [PipelineStatus], lasting time: Duration) -> [String] {
    let seconds = max(0.001, time / .seconds(1))
    return pipelines.flatMap { pipeline in
        let totals = pipeline.totals
        var account = [
            "read \(grouped(totals.read))", "delivered \(grouped(totals.delivered))",
            "filtered \(grouped(totals.filtered))", "dead-lettered \(grouped(totals.deadLettered))",
            "skipped \(grouped(totals.skipped))",
        ]
        if totals.inFlight > 0 { account.insert("in flight \(grouped(totals.inFlight))", at: 2) }
        if totals.repeated > 0 { account.append("read again \(grouped(totals.repeated))") }
        let rate = grouped(Int(Double(totals.read) / seconds))
        let line =
            "\(pipeline.name): \(pipeline.state.rawValue), \(account.joined(separator: ", ")); "
            + "\(rate) records/s over \(shortSeconds(seconds)) s"
        return [line]
            + pipeline.tasks.compactMap { task in
                task.failure.map { "  task \(task.slot.index): \($0)" }
            }
    }
}

private func shortSeconds(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
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

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
