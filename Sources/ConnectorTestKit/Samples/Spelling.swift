/// How records are compared: members in name order, numbers in one spelling, and only what the system keeps.
struct Spelling: Sendable {
    let keepsKeys: Bool
    /// Leaves out null members, as a table cannot tell null from absent.
    let droppingNulls: Bool
    /// Otherwise records are sorted before they are compared.
    let keepsOrder: Bool

    func spell(_ records: [SampleRecord]) throws -> [SampleRecord] {
        let spelled = try records.map { record in
            SampleRecord(
                key: keepsKeys ? try record.key.map { try CanonicalJSON.text(of: $0) } : nil,
                value: try CanonicalJSON.text(of: record.value, droppingNulls: droppingNulls))
        }
        return keepsOrder ? spelled : spelled.sorted { ($0.value, $0.key ?? "") < ($1.value, $1.key ?? "") }
    }

    func expect(_ expected: [SampleRecord], _ found: [SampleRecord]) throws {
        try require(found.count == expected.count, "expected \(expected.count) records, found \(found.count): \(found)")
        for (want, have) in zip(try spell(expected), try spell(found)) {
            try require(have == want, "expected \(want), found \(have)")
        }
    }
}

/// Throws when one of the secrets stands in the text.
func expectNone(of secrets: [String], in text: String) throws {
    for secret in secrets where text.contains(secret) {
        throw ConformanceFailure("a secret is shown: \(text.replacing(secret, with: "(the secret)"))")
    }
}
