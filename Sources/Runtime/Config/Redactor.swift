internal import ConnectorKit

/// Takes secrets out of texts that are shown.
public struct Redactor: Sendable {
    /// Shorter texts are left alone: they stand in too many innocent places.
    static let shortest = 4

    private let secrets: [String]

    /// Hides each of `secrets` of at least four characters.
    public init(_ secrets: [String] = []) {
        self.secrets = Set(secrets).filter { $0.count >= Self.shortest }
            .sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// The text with `[hidden]` in place of every secret.
    public func redact(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: Secret.placeholder) }
    }
}
