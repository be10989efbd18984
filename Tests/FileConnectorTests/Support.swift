import ConnectorKit
import ConnectorTestKit
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

/// What one life of a source gave out.
struct SourceRun {
    var lines: [String] = []
    var rejections: [String] = []
    var sources: [String] = []
    var positions: [Position] = []
    var isFinished = false

    /// Polls until the end, an idle source, or `polls` times.
    mutating func drain(_ source: any Source, polls: Int = 10_000) async throws {
        var batch = RecordBatch()
        for _ in 0..<polls {
            batch.reset()
            let poll = try await source.poll(into: &batch)
            take(batch)
            if poll == .finished { isFinished = true }
            if poll != .more { return }
        }
    }

    private mutating func take(_ batch: borrowing RecordBatch) {
        batch.forEach { lines.append($0.value.jsonText) }
        for rejection in batch.rejections {
            rejections.append(rejection.error.message)
            unsafe batch.withSourceText(rejection.recordIndex) { text in
                unsafe sources.append(text.map { unsafe String(decoding: $0, as: UTF8.self) } ?? "")
            }
        }
        for mark in batch.marks {
            positions.removeAll { $0.partition == mark.position.partition }
            positions.append(mark.position)
        }
    }
}

/// Starts a file source on checked settings.
func makeSource(
    _ path: String, _ settings: String = "", positions: [Position] = [], task: TaskSlot = TaskSlot(),
    progress: SourceProgress = SourceProgress()
) async throws -> any Source {
    let json = "{\"path\":\"\(path)\"\(settings.isEmpty ? "" : ",")\(settings)}"
    let source = FileSource.definition.make()
    try await source.start(
        SourceContext(
            config: try ConfigValues(json: json, definition: FileSource.definition.config), task: task,
            positions: positions, progress: progress))
    return source
}

/// Everything a file source gives out from `positions` on.
func read(
    _ path: String, _ settings: String = "", positions: [Position] = [], task: TaskSlot = TaskSlot()
) async throws -> SourceRun {
    var run = SourceRun()
    try await run.drain(try await makeSource(path, settings, positions: positions, task: task))
    return run
}

extension TemporaryDirectory {
    /// Writes a file and returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = try OpenFile(writing: self(name), truncating: true)
        try unsafe bytes.withUnsafeBytes { try unsafe file.write($0) }
        return self(name)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Appends to a file.
    func append(_ text: String, to name: String) throws {
        try write(try FileSystem.content(of: self(name), limit: 1 << 30) + Array(text.utf8), to: name, inPlace: true)
    }

    private func write(_ bytes: [UInt8], to name: String, inPlace: Bool) throws {
        let file = try OpenFile(writing: self(name), truncating: false)
        try unsafe bytes.withUnsafeBytes { try unsafe file.write($0) }
    }

    /// The text of a file.
    func text(of name: String) throws -> String {
        String(decoding: try FileSystem.content(of: self(name), limit: 1 << 30), as: UTF8.self)
    }

    /// Names that are not hidden.
    var visibleNames: [String] { get throws { try FileSystem.names(in: path).filter { !$0.hasPrefix(".") } } }

    /// Names that are hidden, those of held locks aside.
    var hiddenNames: [String] {
        get throws { try FileSystem.names(in: path).filter { $0.hasPrefix(".") && !$0.hasSuffix(".lock") } }
    }
}

extension TemporaryDirectory {
    /// The file of the state that counts.
    func statePath(_ names: SinkNames) throws -> String {
        let numbers = try FileSystem.names(in: names.stateFolder).compactMap { Int($0) }
        return names.state(try #require(numbers.max()))
    }

    func stateText(_ names: SinkNames) throws -> String {
        String(decoding: try FileSystem.content(of: try statePath(names)), as: UTF8.self)
    }
}

/// Sinks whose process was killed: nothing of them is closed or finished.
final class Graveyard {
    private var runs: [SinkRun] = []
    private let directory: TemporaryDirectory

    init(_ directory: TemporaryDirectory) { self.directory = directory }

    /// Keeps the sink from closing anything; its lock goes, as the system takes it from a process that is killed. Those of
    /// other sinks go with it.
    func bury(_ run: SinkRun) throws {
        runs.append(run)
        for name in try FileSystem.names(in: directory.path) where name.hasSuffix(".lock") {
            try FileSystem.remove(directory(name))
        }
    }
}

/// Compresses each part into a member or frame of its own.
func compressed(_ parts: [String], _ compression: Compression) throws -> [UInt8] {
    let compressor = try Compressor(compression)
    var output: [UInt8] = []
    for part in parts {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: part.utf8.count + 1000, alignment: 1)
        defer { unsafe room.deallocate() }
        let step = try unsafe Array(part.utf8).withUnsafeBytes {
            try unsafe compressor.compress($0, into: room, ending: .complete)
        }
        #expect(step.isComplete)
        unsafe output += room[..<step.produced]
    }
    return output
}

/// Undoes ``compressed(_:_:)``; fails on anything that is cut off.
func decompressed(_ bytes: [UInt8], _ compression: Compression) throws -> String {
    var decompressor = try Decompressor(compression)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { unsafe room.deallocate() }
    var (text, at) = ([UInt8](), 0)
    while true {
        let step = try unsafe bytes[at...].withUnsafeBytes { try unsafe decompressor.decompress($0, into: room) }
        at += step.consumed
        unsafe text += room[..<step.produced]
        if step.consumed == 0 && step.produced == 0 { break }
    }
    try decompressor.finish()
    return String(decoding: text, as: UTF8.self)
}

/// One record for a sink.
struct Given {
    var json: String
    var topic: String?
    var partition: Int32?
}

/// Drives a file sink as the worker does.
final class SinkRun {
    let clock = ManualClock()
    private let sink = FileSink.definition.make()
    private(set) var stored: [Position]?

    init(
        _ path: String, _ settings: String = "", name: String = "sink", task: TaskSlot = TaskSlot(),
        worker: String = "w",
        claimsPartitions: Bool = false
    ) async throws {
        let json = "{\"path\":\"\(path)\"\(settings.isEmpty ? "" : ",")\(settings)}"
        stored = try await sink.start(
            SinkContext(
                config: try ConfigValues(json: json, definition: FileSink.definition.config), name: name, task: task,
                claimsPartitions: claimsPartitions, worker: worker, clock: clock.clock))
    }

    /// Has the sink take a partition over, and gives its position.
    func claim(_ partition: Int64) async throws -> Int64? {
        try await sink.claim([["p": .int(partition)]]).first?.offset["n"]?.int
    }

    /// Puts records as one batch that reaches `position`.
    func put(_ records: [Given], reaching position: Int64? = nil, of partition: Int64 = 1) async throws {
        var batch = try makeBatch(records)
        if let position { batch.mark(Position(partition: ["p": .int(partition)], offset: ["n": .int(position)])) }
        var report = PutReport()
        try await sink.put(batch, report: &report)
        #expect(report.rejections.isEmpty && report.retries.isEmpty && !report.isDurable)
    }

    /// Puts counted records, one a number, as one batch that reaches the end of the range.
    func put(_ numbers: Range<Int>, of partition: Int64 = 1) async throws {
        let records = numbers.map { Given(json: "{\"n\":\($0)}") }
        try await put(records, reaching: Int64(numbers.upperBound), of: partition)
    }

    /// Puts counted records and gives those that are to come again.
    func putting(_ numbers: Range<Int>) async throws -> [Int] {
        var report = PutReport()
        try await sink.put(try makeBatch(numbers.map { Given(json: "{\"n\":\($0)}") }), report: &report)
        return report.retries.map(\.recordIndex)
    }

    func flush() async throws { try await sink.flush() }
    func stop() async throws { try await sink.stop() }

    /// The position of a partition handed back at the start.
    func storedNumber(of partition: Int64) -> Int64? {
        stored?.first { $0.partition["p"]?.int == partition }?.offset["n"]?.int
    }

    /// The position handed back at the start.
    var storedNumber: Int64? { stored?.first?.offset["n"]?.int }
}

private func makeBatch(_ records: [Given]) throws -> RecordBatch {
    var batch = RecordBatch()
    var reader = JSONReader()
    for record in records {
        let text = try unsafe batch.appendText(minimum: record.json.utf8.count) { room in
            unsafe room.copyBytes(from: record.json.utf8)
            return record.json.utf8.count
        }
        _ = try reader.read(text, as: .single, into: &batch)
        try batch.edit(at: batch.count - 1) { editor in
            if let topic = record.topic { editor.setTopic(FieldName(interning: topic)) }
            editor.partition = record.partition
        }
    }
    return batch
}

/// `{"n":0}` and on, a line each.
func numberLines(_ numbers: Range<Int>) -> String { numbers.map { "{\"n\":\($0)}\n" }.joined() }

/// Gives a file another name, in the place of what has it.
func move(_ path: String, to newPath: String) throws {
    try #require(unsafe rename(path, newPath) == 0, "\(path) to \(newPath): \(errno)")
}
