public import ConnectorKit

/// What pipelines came to, for the end of a run.
public struct Summary {
    private let pipelines: [PipelineReading]
    private let seconds: Double
    private let places: [String: [String]]

    /// - Parameter places: Where the records of a pipeline are, by its name.
    public init(_ pipelines: [PipelineReading], lasting time: Duration, places: [String: [String]]) {
        self.pipelines = pipelines
        self.places = places
        seconds = max(0.001, time / .seconds(1))
    }

    /// A line for each pipeline.
    public var lines: [String] { pipelines.map(line) }

    /// Writes an entry for each pipeline.
    public func tell(_ log: Log) {
        for pipeline in pipelines {
            let numbers = numbers(of: pipeline.totals).map { ($0.0.replacing(" ", with: "."), "\($0.1)") }
            let fields = [("pipeline", pipeline.name), ("state", pipeline.state.rawValue)] + numbers
            let place = written(pipeline).map { [("written.to", $0)] } ?? []
            (fields + place).reduce(log) { $0.with($1) }.info("a pipeline has ended")
        }
    }

    private func line(_ pipeline: PipelineReading) -> String {
        let account = numbers(of: pipeline.totals).map { "\($0.0) \(grouped($0.1))" }.joined(separator: ", ")
        var line = "\(pipeline.name): \(pipeline.state.rawValue), \(account)"
        let read = pipeline.totals.read
        if read > 0 { line += "; \(grouped(Int(Double(read) / seconds))) records/s over \(shortSeconds) s" }
        if let place = written(pipeline) { line += "; written to \(place)" }
        return line
    }

    private func numbers(of totals: PipelineTotals) -> [(String, Int)] {
        [
            ("read", totals.read), ("delivered", totals.delivered), ("in flight", totals.inFlight),
            ("filtered", totals.filtered), ("dead-lettered", totals.deadLettered), ("skipped", totals.skipped),
            ("read again", totals.repeated),
        ].filter { $0.1 > 0 || !["in flight", "read again"].contains($0.0) }
    }

    private func written(_ pipeline: PipelineReading) -> String? {
        guard pipeline.totals.delivered > 0, let places = places[pipeline.name], !places.isEmpty else { return nil }
        return places.joined(separator: ", ")
    }

    private var shortSeconds: String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension PipelineConfig {
    /// Where its records are found, as its sinks say.
    public var places: [String] { sinks.compactMap { $0.definition.output?($0.values).place } }

    /// Whether one of its sinks prints to standard output.
    public var prints: Bool { (sinks + [errors.deadLetterSink].compactMap(\.self)).contains { $0.definition.prints } }
}
