import ConnectorKit

/// What the worker compares before it touches anything else of this library.
@c(sluice_plugin_abi)
public func abi() -> UnsafePointer<CChar> { unsafe PluginABI.text() }

/// What this library offers.
@c(sluice_plugin)
public func plugin() -> UnsafeMutableRawPointer {
    unsafe PluginManifest(
        name: "postgres", version: "0.1.0", sources: [PostgresSource.definition], sinks: [PostgresSink.definition]
    )
    .export()
}
