import ConnectorKit

private let documentation = """
    Reads public events from GitHub's events API: the whole public feed, or those of repositories, organizations and users.

    Each poll follows the feed's `Link` headers to its end, at most 300 events on github.com, and passes on the events it \
    has not seen before, told by `id` and `created_at`. An unchanged feed costs no budget (`ETag`), `X-Poll-Interval` is \
    obeyed, and both rate limits are waited out. Nothing read is lost, but **completeness is not promised**: GitHub's feed \
    is late, unordered and not a sliding window, so events can pass between two polls. `github_possible_gaps` counts the \
    polls that met no known event.

    A feed that cannot be read pauses alone, with growing pauses: from a second to five minutes for what passes, such as a \
    502, and from a minute to an hour for a name that does not exist; its reading goes on where it was. So does one that \
    meets a limit no other feed meets; the budget's end counts for all. `github_failing_feeds` counts feeds that pause for \
    a failure, and the log names each. Only when no feed can be read does the task fail, and a run with `--once` ends \
    without those that pause.

    A record's value is the event as GitHub sent it, its key is null, its timestamp is `created_at`.
    """

let manifest = PluginManifest(
    name: "github", version: "0.1.0",
    sources: [
        SourceDefinition(
            "github", documentation: documentation, config: GitHubConfig.definition,
            tasks: { values, most in
                values[GitHubConfig.deduplicate] ? 1 : max(1, min(most, GitHubConfig.feeds(values).count))
            },
            check: { values in try GitHubSource.check(values) },
            make: { GitHubSource() })
    ])

/// What this plugin was compiled with.
@c(sluice_plugin_abi)
public func pluginABI() -> UnsafePointer<CChar> { unsafe PluginABI.text() }

/// What this plugin offers.
@c(sluice_plugin)
public func plugin() -> UnsafeMutableRawPointer { unsafe manifest.export() }
