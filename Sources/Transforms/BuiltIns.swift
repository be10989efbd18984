public import ConnectorKit

/// The transforms and predicates that every pipeline has, without a plugin.
public let builtIns = PluginManifest(
    name: "built-in", version: PluginABI.version,
    transforms: [Cast.definition, Filter.definition, InsertField.definition, ReplaceField.definition],
    predicates: [
        FieldMatches.definition, HasHeaderKey.definition, RecordIsTombstone.definition, TopicNameMatches.definition,
    ])
