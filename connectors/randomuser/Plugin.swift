import ConnectorKit

private let documentation = """
    Reads made-up people from randomuser.me, in an order that a restart continues exactly.

    The service makes the same users of the same `seed` and `page`, so the position is the seed, the page and the place in \
    the page. Without `seed` one is drawn at the first start and kept in the position. With `gender` no seed can be sent, \
    since the service ignores `gender` then: a restart goes on with other users. After page 10000, the service's last, the \
    source goes on with a seed derived from the first.

    A record's value is the user as the service sent it, or with `flatten` twelve plain fields; its key is null.
    """

let manifest = PluginManifest(
    name: "randomuser", version: "0.1.0",
    sources: [
        SourceDefinition(
            "randomuser", documentation: documentation, config: RandomUserConfig.definition,
            check: { values in try RandomUserSource.check(values) },
            make: { RandomUserSource() })
    ])

/// What this plugin was compiled with.
@c(sluice_plugin_abi)
public func pluginABI() -> UnsafePointer<CChar> { unsafe PluginABI.text() }

/// What this plugin offers.
@c(sluice_plugin)
public func plugin() -> UnsafeMutableRawPointer { unsafe manifest.export() }
