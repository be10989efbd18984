import ConnectorKit
import ConnectorTestKit
import TestSupport

@testable import KafkaConnector

/// One record for the sink.
struct Given {
    var json: String
    var topic: String? = "t"
    var key: String?
    var headers: [(String, String?)] = []
    var timestamp: Int64?
}

/// One record from the source.
struct Taken: Equatable {
    var value: String
    var key = "null"
    var headers: [String] = []
    var topic: String? = "t"
    var partition: Int32?
    var timestamp: Int64?
}

/// Drives a kafka sink as the worker does.
final class SinkRun {
    let stop = StopSignal()
    let log = LogRecorder()
    /// What the sink had stored.
    private(set) var stored: [Position]?
    private let sink = KafkaSink.definition.make()

    init(
        _ servers: String, _ settings: String = "", pipeline: String = "p", task: TaskSlot = TaskSlot(),
        claiming group: ConsumerGroup? = nil, worker: String = "w", clock: WorkerClock = .system
    ) async throws {
        let json = "{\"bootstrap.servers\":\"\(servers)\"\(settings.isEmpty ? "" : ",")\(settings)}"
        let values = try ConfigValues(json: json, definition: KafkaSink.definition.config)
        stored = try await sink.start(
            SinkContext(
                config: values, pipeline: pipeline, task: task, claimsPartitions: group != nil,
                group: group ?? ConsumerGroup(), worker: worker, stop: stop, log: log.log, clock: clock))
    }

    func claim(_ partitions: [PositionFields]) async throws -> [Position] { try await sink.claim(partitions) }

    /// Puts records as one batch, a position marked behind them.
    @discardableResult
    func put(_ records: [Given], at offset: Int64? = nil, of file: String = "a") async throws -> PutReport {
        try await put(records, at: offset.map { position($0, of: file) })
    }

    /// Puts records as one batch, a position marked behind them.
    @discardableResult
    func put(_ records: [Given], at position: Position?) async throws -> PutReport {
        var batch = try makeBatch(records)
        if let position { batch.mark(position) }
        var report = PutReport()
        try await sink.put(batch, report: &report)
        guard report.isUnderWay else { return report }
        report = PutReport()
        let isKnown = try await sink.settle(batch, report: &report, waiting: true)
        guard isKnown else { throw ConnectorError.fatal("the sink did not wait to tell what became of a batch") }
        return report
    }

    /// Puts batches without waiting, and then what came back again, in order, as the worker does.
    ///
    /// - Returns: What was rejected.
    func deliver(_ batches: [[Given]]) async throws -> [Given] {
        for batch in batches { try await leave(batch) }
        var reports: [PutReport] = []
        for batch in batches { reports.append(try await retried { try await settle(batch) }) }
        var rejected: [Given] = []
        for (batch, report) in zip(batches, reports) {
            rejected += try await finish(batch, report)
        }
        return rejected
    }

    private func finish(_ batch: [Given], _ first: PutReport) async throws -> [Given] {
        var (batch, report) = (batch, first)
        var rejected: [Given] = []
        while true {
            rejected += report.rejections.map { batch[$0.recordIndex] }
            if report.retries.isEmpty { return rejected }
            batch = report.retries.map { batch[$0.recordIndex] }
            report = try await retried { try await put(batch) }
        }
    }

    /// Puts records as a batch that is left under way.
    func leave(_ records: [Given]) async throws {
        var report = PutReport()
        try await sink.put(try makeBatch(records), report: &report)
        guard report.isUnderWay else { throw ConnectorError.fatal("the sink waited for a batch") }
    }

    /// Waits for what became of the oldest batch under way, which had these records.
    func settle(_ records: [Given]) async throws -> PutReport {
        var report = PutReport()
        _ = try await sink.settle(try makeBatch(records), report: &report, waiting: true)
        return report
    }

    /// What became of the oldest batch under way, which had these records; nil when that is not known yet.
    func known(_ records: [Given]) async throws -> PutReport? {
        var report = PutReport()
        let isKnown = try await sink.settle(try makeBatch(records), report: &report, waiting: false)
        return isKnown ? report : nil
    }

    func flush() async throws { try await sink.flush() }
    func close() async { try? await sink.stop() }
}

/// Calls again while that may help, as the worker does.
func retried<Report>(_ body: () async throws -> Report) async throws -> Report {
    for _ in 0..<10 {
        do { return try await body() } catch let error as ConnectorError where error.kind == .retriable {}
    }
    return try await body()
}

/// A position as a file source has it.
func position(_ line: Int64, of file: String = "a") -> Position {
    Position(partition: ["file": .string(file)], offset: ["line": .int(line)])
}

func makeBatch(_ records: [Given]) throws -> RecordBatch {
    var batch = RecordBatch()
    var reader = JSONReader()
    for record in records {
        let text = try unsafe batch.appendText(minimum: record.json.utf8.count) { room in
            unsafe room.copyBytes(from: record.json.utf8)
            return record.json.utf8.count
        }
        _ = try reader.read(text, as: .single, into: &batch)
        try batch.edit(at: batch.count - 1) { editor in
            editor.topic = record.topic
            editor.timestamp = record.timestamp
            if let key = record.key { editor.setKey(key) }
            for (name, value) in record.headers {
                if let value {
                    editor.addHeader(FieldName(interning: name), value)
                } else {
                    editor.addHeader(FieldName(interning: name), JSONNull())
                }
            }
        }
    }
    return batch
}

/// Drives a kafka source as the worker does.
final class SourceRun {
    private(set) var records: [Taken] = []
    private(set) var rejected: [(text: [UInt8], error: String, stage: Stage)] = []
    /// The keys of what was rejected, as they came.
    private(set) var rejectedKeys: [[UInt8]] = []
    private(set) var positions: [Position] = []
    let progress = SourceProgress()
    let metrics = Metrics()
    let log = LogRecorder()
    /// What the sink holds: nil for one that stores no positions.
    var stored: [Position]?
    /// Whether other workers do not see that.
    let isLocal: Bool
    let claims = PartitionClaims()
    let membership: ConsumerGroup
    private let source = KafkaSource.definition.make()
    private var batch = RecordBatch()

    init(
        _ servers: String, group: String, _ settings: String = "\"topics\":\"t\"", stored: [Position]? = nil,
        isLocal: Bool = false, membership: ConsumerGroup = ConsumerGroup(), clock: WorkerClock = .system
    ) async throws {
        self.isLocal = isLocal
        let json = "{\"bootstrap.servers\":\"\(servers)\",\"group.id\":\"\(group)\",\(settings)}"
        let values = try ConfigValues(json: json, definition: KafkaSource.definition.config)
        self.stored = stored
        self.membership = membership
        try await source.start(
            SourceContext(
                config: values, claims: claims, group: membership, log: log.log, metrics: metrics, clock: clock,
                progress: progress))
    }

    /// Polls once.
    @discardableResult
    func poll() async throws -> Poll {
        batch.reset()
        claims.answer(from: stored, isLocal: isLocal)
        let poll = try await source.poll(into: &batch)
        for index in 0..<batch.count where batch.isDeliverable(index) { records.append(Taken(batch[index])) }
        for rejection in batch.rejections {
            let text = unsafe batch.withSourceText(rejection.recordIndex) { unsafe $0.map { unsafe Array($0) } }
            // What was read as a text is the value itself.
            let value = Taken(batch[rejection.recordIndex]).value
            rejected.append((text ?? Array(value.utf8), rejection.error.message, rejection.stage))
            let key = unsafe batch.withKeySource(rejection.recordIndex) { unsafe $0.map { unsafe Array($0) } }
            rejectedKeys.append(key ?? [])
        }
        for mark in batch.marks {
            positions.removeAll { $0.partition == mark.position.partition }
            positions.append(mark.position)
        }
        return poll
    }

    /// Polls until the source asks where to read on, at most a minute.
    func request() async throws -> PartitionClaims.Request {
        for _ in 0..<600 {
            batch.reset()
            _ = try await source.poll(into: &batch)
            if let request = claims.takeRequest() { return request }
        }
        throw ConnectorError.fatal("the group gave no partitions")
    }

    /// Polls until all there is has been read; each poll waits at most 100 ms.
    func drain() async throws {
        for _ in 0..<600 {
            if case .idle = try await poll() { return }
        }
    }

    /// Polls until `condition` holds, at most a minute.
    func poll(until condition: (SourceRun) -> Bool) async throws -> Bool {
        for _ in 0..<600 {
            if condition(self) { return true }
            try await poll()
        }
        return condition(self)
    }

    /// How far each partition was read.
    var offsets: [Int64] { positions.compactMap { $0.offset["offset"]?.int } }

    func commit() async throws { try await source.commit(positions) }
    func close() async { await source.stop() }
}

extension Taken {
    init(_ record: Record) {
        value = record.value.jsonText
        key = record.key.jsonText
        record.headers.forEach { name, value in headers.append("\(name.string ?? "")=\(value.jsonText)") }
        topic = record.topic
        partition = record.partition
        timestamp = record.timestamp
    }
}

/// `{"n":0}` and on.
func numbers(_ range: Range<Int>) -> [Given] { range.map { Given(json: "{\"n\":\($0)}") } }
