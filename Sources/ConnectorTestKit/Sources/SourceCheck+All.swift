import ConnectorKit

extension SourceCheck {
    /// Every promise.
    public static let all: [SourceCheck] = reading + life

    private static let life: [SourceCheck] = [
        SourceCheck("starts and stops without reading") { subject in
            let place = try await subject.makePlace(holding: Samples.numbered(3))
            let source = try await start(subject, place.settings)
            await source.stop()
        },
        SourceCheck("goes on at every mark, with nothing lost") { subject in
            let place = try await subject.makePlace(holding: Samples.numbered(2500))
            let whole = try await SourceReading(subject, place, enough: place.expected.count)
            try require(
                whole.places.last?.count == place.expected.count,
                "the last mark covers \(whole.places.last?.count ?? 0) of \(place.expected.count) records")
            for mark in sample(of: whole.places) {
                let left = place.expected.count - mark.count
                let rest = try await SourceReading(subject, place, enough: left, from: mark.positions)
                try expectRest(of: place.expected, after: mark.count, rest.records, subject)
            }
        },
        SourceCheck("returns from a poll when it is told to end") { subject in
            let place = try await subject.makePlace(holding: Samples.numbered(3))
            let stop = StopSignal()
            let source = try await start(subject, place.settings, stop)
            var batch = RecordBatch()
            stop.request()
            _ = try? await source.poll(into: &batch)
            await source.stop()
        },
        SourceCheck("says that a system is out of reach, without a secret", where: \.canBeUnreachable) { subject in
            do {
                let source = try await start(subject, subject.traits.unreachable ?? "{}")
                var batch = RecordBatch()
                while try await source.poll(into: &batch) != .finished {}
            } catch {
                return try expectNone(of: subject.traits.secrets, in: "\(error)")
            }
            throw ConformanceFailure("the source came to an end without its system")
        },
    ]

    private static let reading: [SourceCheck] = [
        SourceCheck("reads every record once, in order") { subject in
            try await read(Samples.numbered(2500), subject)
        },
        SourceCheck("keeps every JSON type", where: \.holdsAnything) { subject in
            try await read(Samples.types, subject)
        },
        SourceCheck("keeps every text", where: \.holdsAnything) { subject in try await read(Samples.texts, subject) },
        SourceCheck("keeps a large value between small ones", where: \.holdsAnything) { subject in
            try await read(Samples.large(subject.traits.largest), subject)
        },
        SourceCheck("reads tombstones", where: \.holdsTombstones) { subject in
            var records = Samples.numbered(3)
            records[1].value = "null"
            try await read(records, subject)
        },
    ]
}

extension SourceCheck {
    private static func start(
        _ subject: any SourceSubject, _ settings: String, _ stop: StopSignal = StopSignal()
    ) async throws -> any Source {
        let source = subject.definition.make()
        let values = try ConfigValues(json: settings, definition: subject.definition.config)
        do {
            try await source.start(SourceContext(config: values, stop: stop))
        } catch {
            await source.stop()
            throw error
        }
        return source
    }

    private static func read(_ records: [SampleRecord], _ subject: any SourceSubject) async throws {
        let place = try await subject.makePlace(holding: records)
        let reading = try await SourceReading(subject, place, enough: place.expected.count)
        try Spelling(subject.traits).expect(place.expected, reading.records)
        try expectNone(of: subject.traits.secrets, in: reading.log)
    }

    /// A few marks, the first and the last among them.
    private static func sample<Mark>(of marks: [Mark]) -> [Mark] {
        guard marks.count > 6 else { return marks }
        return (0..<6).map { marks[$0 * (marks.count - 1) / 5] }
    }

    private static func expectRest(
        of expected: [SampleRecord], after count: Int, _ rest: [SampleRecord], _ subject: any SourceSubject
    ) throws {
        let left = Array(expected.dropFirst(count))
        let spelling = Spelling(subject.traits)
        if subject.traits.isExact { return try spelling.expect(left, rest) }
        let missing = Set(try spelling.spell(left)).subtracting(try spelling.spell(rest))
        try require(missing.isEmpty, "after a restart behind \(count) records \(missing.count) are missing: \(missing)")
    }
}

extension Spelling {
    fileprivate init(_ traits: SourceTraits) {
        self.init(keepsKeys: traits.readsKeys, droppingNulls: traits.mixesNullAndAbsent, keepsOrder: true)
    }
}

/// Which checks apply.
extension SourceTraits {
    fileprivate var holdsTombstones: Bool { holdsAnything && readsTombstones }
    fileprivate var canBeUnreachable: Bool { unreachable != nil }
}
