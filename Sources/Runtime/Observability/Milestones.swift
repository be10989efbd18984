internal import ConnectorKit

/// What is worth a line of the log in the course of a worker that is well: pure, from what its pipelines look like.
struct Milestones {
    private static let totalsInterval = Duration.seconds(60)

    private struct Seen {
        var hasRead = false
        var isTroubled = false
        var isDone = false
    }

    private var seen: [String: Seen] = [:]
    private var rates = RateMeter()
    private var nextTotals: Duration

    /// - Parameter now: When the worker started (monotonic).
    init(startingAt now: Duration) { nextTotals = now + Self.totalsInterval }

    /// What is new at `now` (monotonic) since the last call.
    mutating func news(_ pipelines: [PipelineReading], at now: Duration) -> [Log.Entry] {
        var entries = pipelines.flatMap { news(of: $0) }
        let totals = Totals(pipelines)
        let rate = rates.rate(of: "", count: totals.read, at: now)
        if now >= nextTotals {
            nextTotals = now + Self.totalsInterval
            entries.append(Log.Entry(level: .info, message: "so far", fields: totals.fields + [perSecond(rate)]))
        }
        return entries
    }

    private mutating func news(of pipeline: PipelineReading) -> [Log.Entry] {
        var known = seen[pipeline.name, default: Seen()]
        defer { seen[pipeline.name] = known }
        var sentences: [String] = []
        if !known.hasRead && pipeline.totals.read > 0 {
            known.hasRead = true
            sentences.append("the first record was read")
        }
        switch pipeline.state {
        case .restarting, .stuck: known.isTroubled = true
        case .running where known.isTroubled:
            known.isTroubled = false
            sentences.append("the pipeline has recovered")
        case .done where !known.isDone:
            known.isDone = true
            sentences.append("the source is at its end, and all of it is delivered")
        default: break
        }
        return sentences.map { Log.Entry(level: .info, message: $0, fields: [("pipeline", pipeline.name)]) }
    }

    private func perSecond(_ rate: Double) -> (String, String) { ("read.per.second", "\(Int(rate))") }
}

/// The numbers of all pipelines of a worker.
struct Totals {
    private let pipelines: [PipelineReading]

    init(_ pipelines: [PipelineReading]) { self.pipelines = pipelines }

    var read: Int { sum(\.read) }

    /// For the log.
    var fields: [(String, String)] {
        let states = Dictionary(grouping: pipelines, by: \.state).sorted { $0.key.urgency < $1.key.urgency }
        let numbers = [
            ("read", sum(\.read)), ("delivered", sum(\.delivered)), ("in.flight", sum(\.inFlight)),
            ("filtered", sum(\.filtered)),
            ("dead.lettered", sum(\.deadLettered)), ("skipped", sum(\.skipped)), ("retries", sum(\.retries)),
        ]
        return states.map { ($0.key.rawValue.lowercased(), "\($0.value.count)") } + numbers.map { ($0.0, "\($0.1)") }
    }

    private func sum(_ number: (PipelineTotals) -> Int) -> Int { pipelines.reduce(0) { $0 + number($1.totals) } }
}
