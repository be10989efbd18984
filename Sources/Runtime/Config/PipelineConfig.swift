public import ConnectorKit

/// One pipeline, checked: every name is resolved to what a plugin offers and every setting is decoded.
public struct PipelineConfig: Sendable {
    /// The pipeline's name, unique in the worker.
    public let name: String
    /// Where the pipeline stands.
    public let location: ConfigLocation
    /// What is read.
    public let source: SourceConfig
    /// What every record goes through before it is handed to the sinks, in order.
    public let transforms: [TransformStep]
    /// What is written, at least one; names are unique.
    public let sinks: [SinkConfig]
    /// What happens to a record or a call that fails.
    public let errors: ErrorPolicy
    /// When a failed task is started again.
    public let restart: RestartPolicy
    /// The most tasks that share the work (`tasks.max`, 1 unless set); the source may ask for fewer.
    public let tasksMax: Int
    /// Texts that must not be shown, for ``Redactor``; a connector's message may hold one.
    public let secrets: [String]
    /// What may not be meant as it is written.
    public internal(set) var warnings: [ConfigProblem] = []
}

/// The source of a pipeline.
public struct SourceConfig: Sendable {
    /// What the plugin offers; its name is the connector's.
    public let definition: SourceDefinition
    /// The checked settings.
    public let values: ConfigValues
    /// The configuration object the settings were read from, for showing it again.
    public let node: ConfigNode
}

/// One sink of a pipeline, or its dead letter queue.
public struct SinkConfig: Sendable {
    /// The sink's name within the pipeline: `name`, or the connector's.
    public let name: String
    /// What the plugin offers; its name is the connector's.
    public let definition: SinkDefinition
    /// The checked settings.
    public let values: ConfigValues
    /// What records go through for this sink alone, in order.
    public let transforms: [TransformStep]
    /// The configuration object the settings were read from, for showing it again.
    public let node: ConfigNode
}

/// One transform of a chain.
public struct TransformStep: Sendable {
    /// Names the step in messages and metrics: its place (`transforms/0`), or its alias in a flat configuration.
    public let label: String
    /// What the plugin offers.
    public let definition: TransformDefinition
    /// The part of the record that it works on.
    public let part: RecordPart
    /// The checked settings.
    public let values: ConfigValues
    /// Chooses the records it applies to; nil for all.
    public let predicate: PredicateStep?

    /// The type as a pipeline writes it: `Filter`, `Cast$Key`.
    public var type: String { definition.worksOnParts ? "\(definition.name)$\(part.rawValue)" : definition.name }
}

/// The predicate of a transform.
public struct PredicateStep: Sendable {
    /// What the plugin offers.
    public let definition: PredicateDefinition
    /// The checked settings.
    public let values: ConfigValues
    /// Whether the transform applies to the records that are not chosen.
    public let isNegated: Bool
}
