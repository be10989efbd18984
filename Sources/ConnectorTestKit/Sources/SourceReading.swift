import ConnectorKit

/// Everything a started source gave until it had given enough, or had no more.
struct SourceReading: Sendable {
    private(set) var records: [SampleRecord] = []
    /// The newest position of each partition behind each mark, and the number of records up to there.
    private(set) var places: [(count: Int, positions: [Position])] = []
    private(set) var log = ""
    /// Pauses that the source asks for pass at once.
    private let clock = ManualClock()

    /// - Parameters:
    ///   - enough: Reads on past this many records only until the source pauses once.
    ///   - positions: Where to begin.
    init(
        _ subject: any SourceSubject, _ place: any SourcePlace, enough: Int, from positions: [Position] = []
    ) async throws {
        let recorder = LogRecorder()
        let source = subject.definition.make()
        let values = try ConfigValues(json: place.settings, definition: subject.definition.config)
        let claims = PartitionClaims()
        let given = subject.definition.claimsPartitions ? [] : positions
        try await source.start(
            SourceContext(config: values, positions: given, claims: claims, log: recorder.log, clock: clock.clock))
        var newest = positions
        do { try await read(source, enough, claims, &newest) } catch {
            await source.stop()
            throw error
        }
        if !newest.isEmpty { try await source.commit(newest) }
        await source.stop()
        log = recorder.text
    }

    private mutating func read(
        _ source: any Source, _ enough: Int, _ claims: PartitionClaims, _ newest: inout [Position]
    ) async throws {
        var batch = RecordBatch()
        while true {
            batch.reset()
            claims.answer(from: newest)
            let poll = try await source.poll(into: &batch)
            take(batch, &newest)
            switch poll {
            case .finished: return
            case .more: continue
            case .idle(let pause):
                if records.count >= enough { return }
                clock.advance(pause)
                try await Task.sleep(for: min(pause, .milliseconds(20)))
            }
        }
    }

    private mutating func take(_ batch: borrowing RecordBatch, _ newest: inout [Position]) {
        let before = records.count
        for index in 0..<batch.count where batch.isDeliverable(index) { records.append(SampleRecord(batch, index)) }
        for mark in batch.marks {
            newest.removeAll { $0.partition == mark.position.partition }
            newest.append(mark.position)
            places.append((before + mark.recordCount, newest))
        }
    }
}
