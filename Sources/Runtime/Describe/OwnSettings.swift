public import ConnectorKit

/// The settings that belong to no plugin, by the name under which the command line describes them.
public let ownSettings: [String: ConfigDefinition] = [
    "pipeline": PipelineSettings.definition, "worker": WorkerSettings.definition,
]
