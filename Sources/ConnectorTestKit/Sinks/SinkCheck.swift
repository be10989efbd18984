import ConnectorKit

/// One promise of the ``Sink`` protocol, tried on a real system.
///
/// Run all of them as the arguments of one parameterised test:
///
///     @Test("keeps the contract of a sink", arguments: SinkCheck.all)
///     func conforms(_ check: SinkCheck) async throws { try await check.run(on: MySubject()) }
public struct SinkCheck: Sendable, CustomStringConvertible {
    /// The promise, as a sentence whose subject is the sink.
    public let description: String
    private let applies: @Sendable (SinkTraits) -> Bool
    private let body: @Sendable (SinkTrial) async throws -> Void

    init(
        _ description: String, where applies: @escaping @Sendable (SinkTraits) -> Bool = { _ in true },
        _ body: @escaping @Sendable (SinkTrial) async throws -> Void
    ) {
        self.description = description
        self.applies = applies
        self.body = body
    }

    /// Every promise.
    public static let all: [SinkCheck] = life + writing + failing + claiming

    /// Tries the promise; does nothing when the sink's traits do not make it.
    ///
    /// - Throws: ``ConformanceFailure``, or what the sink threw.
    public func run(on subject: any SinkSubject) async throws {
        guard applies(subject.traits) else { return }
        let trial = SinkTrial(subject: subject, place: try await subject.makePlace())
        let body = self.body
        try await withDeadline(.seconds(120), "\(subject.definition.name): \(description)") { try await body(trial) }
    }
}

/// A sink's subject and the place of one check.
struct SinkTrial: Sendable {
    let subject: any SinkSubject
    let place: any SinkPlace

    var traits: SinkTraits { subject.traits }

    /// Starts an instance as the worker does.
    func start(_ settings: String? = nil) async throws -> SinkRun {
        try await SinkRun(subject.definition, settings ?? place.settings, topic: place.topic)
    }

    /// Writes the records through an instance of its own and lets it end.
    func write(_ records: [SampleRecord]) async throws {
        let run = try await start()
        try await run.put(records)
        try await run.flush()
        try await run.stop()
    }

    /// Compares what the system holds with what it should.
    func expect(_ expected: [SampleRecord]) async throws {
        let spelling = Spelling(
            keepsKeys: traits.keepsKeys, droppingNulls: traits.mixesNullAndAbsent, keepsOrder: traits.keepsOrder)
        try spelling.expect(expected, try await place.records())
    }
}

/// Which checks apply.
extension SinkTraits {
    var keepsTombstones: Bool { tombstones == .kept }
    var deletesByTombstone: Bool { tombstones == .delete }
    var refusesTombstones: Bool { tombstones == .refused }
    var refusesSomething: Bool { refused != nil }
    var canBeUnreachable: Bool { unreachable != nil }
    var hasSecrets: Bool { !secrets.isEmpty }
}
