/// What the variables of a configuration stood for; it must not come back in a message.
struct ResolvedVariables {
    private var references: [String: String] = [:]
    /// Texts that came from where secrets are kept.
    private(set) var secrets: [String] = []
    /// What looks like a variable and is none.
    var unresolved = UnresolvedReferences()

    /// Remembers that `reference` stood for `text`.
    mutating func note(_ text: String, for reference: String, isSecret: Bool) {
        references[text] = reference
        if isSecret { secrets.append(text) }
    }

    /// The message with each resolved text as it was written.
    ///
    /// Texts below four characters stay: they stand in too many innocent places, and a short value is quoted as written
    /// wherever a value is quoted on purpose.
    func hide(in message: String) -> String {
        references.filter { $0.key.utf8.count >= SecretForms.shortest }
            .sorted { ($1.key.count, $0.key) < ($0.key.count, $1.key) }
            .reduce(message) { $0.replacing($1.key, with: $1.value) }
    }
}
