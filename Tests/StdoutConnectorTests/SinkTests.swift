import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import StdoutConnector

@Suite("Standard output sink", .ownThread)
struct SinkTests {
    /// Puts one batch into a sink that prints to a pipe, and gives what the pipe's reader sees.
    private func printed(_ settings: String) async throws -> String {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        let sink = StdoutSink(descriptor: ends[1])
        try await start(sink, settings)
        var report = PutReport()
        try await sink.put(try batch(), report: &report)
        #expect(report.isDurable)
        close(ends[1])
        defer { close(ends[0]) }
        var bytes = [UInt8](repeating: 0, count: 10_000)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(ends[0], $0.baseAddress, $0.count) }
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    private func start(_ sink: StdoutSink, _ settings: String) async throws {
        let config = try ConfigValues(json: settings, definition: StdoutSink.definition.config)
        _ = try await sink.start(SinkContext(config: config))
    }

    private func batch() throws -> RecordBatch {
        var batch = RecordBatch()
        try batch.append { object in
            object.add("a", 1)
            object.array("b") { $0.add("x") }
            object.object("c") { _ in }
        }
        try batch.edit(at: 0) { $0.setTopic("t") }
        try batch.append(value: JSONNull())
        return batch
    }

    @Test("One JSON value a line")
    func ndjson() async throws {
        #expect(try await printed("{}") == "{\"a\":1,\"b\":[\"x\"],\"c\":{}}\nnull\n")
    }

    @Test("Pretty prints the topic and the value indented")
    func pretty() async throws {
        let expected = "# topic t\n{\n  \"a\": 1,\n  \"b\": [\n    \"x\"\n  ],\n  \"c\": {}\n}\nnull\n"
        #expect(try await printed("{\"format\":\"pretty\"}") == expected)
    }

    @Test("A reader that went away ends the task with a sentence, and the process lives")
    func closedPipe() async throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let sink = StdoutSink(descriptor: ends[1])
        try await start(sink, "{}")
        var report = PutReport()
        let error = await #expect(throws: ConnectorError.self) { try await sink.put(try batch(), report: &report) }
        #expect(error?.kind == .configuration)
        #expect(error?.message == "the reader of standard output closed it; nothing more can be printed")
    }
}
