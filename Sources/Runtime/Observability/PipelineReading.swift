/// What a pipeline looks like at one moment.
public struct PipelineReading: Sendable, Equatable {
    /// The pipeline's name.
    public let name: String
    /// The state of its worst task.
    public let state: TaskStatus.State
    /// Its numbers.
    public let totals: PipelineTotals
    /// How far a bounded source has come, from 0 to 1; nil when it has no known end.
    public let progress: Double?
    /// Records waiting in the other system; nil when unknown.
    public let lag: Int?
}

extension PipelineStatus {
    /// How the pipeline looks now.
    public var reading: PipelineReading {
        PipelineReading(name: name, state: state, totals: totals, progress: progress, lag: lag)
    }
}
