import ConnectorKit

/// What this plugin was compiled with.
@c(sluice_plugin_abi)
public func pluginABI() -> UnsafePointer<CChar> { unsafe PluginABI.text() }

/// What this plugin offers.
@c(sluice_plugin)
public func plugin() -> UnsafeMutableRawPointer {
    unsafe PluginManifest(
        name: "mongodb", version: "0.1.0", sources: [MongoDBSource.definition], sinks: [MongoDBSink.definition]
    ).export()
}
