import ConnectorKit

let builtIns = PluginManifest(name: "sluice", version: PluginABI.version)
