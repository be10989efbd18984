import ConnectorKit

/// One list of events that GitHub serves.
struct Feed: Sendable, Hashable {
    /// Below the endpoint: `/events`, `/repos/owner/name/events`.
    let path: String

    /// What its positions are stored under.
    var partition: PositionFields { ["feed": .string(path)] }
}
