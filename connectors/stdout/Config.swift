import ConnectorKit

/// Settings of the `stdout` sink.
struct StdoutConfig: Sendable {
    static let format = Setting.enumeration(
        "format", StdoutFormat.self,
        "`ndjson` prints one JSON value a line; `pretty` prints each record indented, with its topic, key and headers."
    ).defaulting(to: .ndjson)

    static let definition = ConfigDefinition([format])
}

/// How records are printed.
enum StdoutFormat: String, Sendable, CaseIterable {
    case ndjson
    case pretty
}
