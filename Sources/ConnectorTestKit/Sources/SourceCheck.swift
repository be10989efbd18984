import ConnectorKit

/// One promise of the ``Source`` protocol, tried on a real system.
///
/// Run all of them as the arguments of one parameterised test:
///
///     @Test("keeps the contract of a source", arguments: SourceCheck.all)
///     func conforms(_ check: SourceCheck) async throws { try await check.run(on: MySubject()) }
public struct SourceCheck: Sendable, CustomStringConvertible {
    /// The promise, as a sentence whose subject is the source.
    public let description: String
    private let applies: @Sendable (SourceTraits) -> Bool
    private let body: @Sendable (any SourceSubject) async throws -> Void

    init(
        _ description: String, where applies: @escaping @Sendable (SourceTraits) -> Bool = { _ in true },
        _ body: @escaping @Sendable (any SourceSubject) async throws -> Void
    ) {
        self.description = description
        self.applies = applies
        self.body = body
    }

    /// Tries the promise; does nothing when the source's traits do not make it.
    ///
    /// - Throws: ``ConformanceFailure``, or what the source threw.
    public func run(on subject: any SourceSubject) async throws {
        guard applies(subject.traits) else { return }
        let body = self.body
        try await withDeadline(.seconds(120), "\(subject.definition.name): \(description)") { try await body(subject) }
    }
}
