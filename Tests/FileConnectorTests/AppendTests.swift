import CFaults
import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink: append, as Kafka Connect's FileStreamSink", .ownThread)
struct AppendTests {
    let directory = TemporaryDirectory()
    private let append = "\"append\":true"

    @Test("Records are in the file at once, behind what is there, and nothing is hidden")
    func atOnce() async throws {
        try directory.write("before\n", to: "out")
        let run = try await SinkRun(directory("out"), append)
        #expect(run.stored == nil)
        try await run.put(0..<10)
        #expect(try directory.text(of: "out") == "before\n" + numberLines(0..<10))
        try await run.flush()
        try await run.put(10..<20)
        try await run.stop()
        #expect(try directory.text(of: "out") == "before\n" + numberLines(0..<20))
        #expect(try FileSystem.names(in: directory.path) == ["out"])
    }

    @Test("Every task may write the file, in whole records")
    func tasks() async throws {
        let path = directory("out")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                let settings = append
                group.addTask {
                    let run = try await SinkRun(path, settings, task: TaskSlot(index: task, count: 4))
                    for start in stride(from: task * 10_000, to: task * 10_000 + 10_000, by: 500) {
                        try await run.put(start..<start + 500)
                    }
                    try await run.flush()
                    try await run.stop()
                }
            }
            try await group.waitForAll()
        }
        let lines = try directory.text(of: "out").split(separator: "\n")
        #expect(lines.compactMap { Int($0.dropFirst(5).dropLast()) }.sorted() == Array(0..<40_000))
    }

    @Test("Part of a line that a killed writer left is no part of a record")
    func tornLine() async throws {
        try directory.write("{\"n\":", to: "out")
        let run = try await SinkRun(directory("out"), append)
        try await run.put(0..<2)
        try await run.stop()
        #expect(try directory.text(of: "out") == "{\"n\":\n" + numberLines(0..<2))
    }

    @Test("A header stands once, at the beginning")
    func header() async throws {
        for number in 0..<3 {
            let run = try await SinkRun(directory("out"), "\(append),\"format\":\"csv\",\"fields\":\"n\"")
            try await run.put(number..<number + 1)
            try await run.put(number..<number + 1)
            try await run.stop()
        }
        #expect(try directory.text(of: "out") == "n\n0\n0\n1\n1\n2\n2\n")
    }

    @Test("What could not be written comes again whole, and is not there twice")
    func fullDisk() async throws {
        let run = try await SinkRun(directory("out"), append)
        try await run.put(0..<10)
        let fault = CallFault(SLUICE_CALL_WRITE, in: directory, "out", times: 1, failing: ENOSPC)
        #expect(try await run.putting(10..<20) == Array(0..<10))
        #expect(fault.count == 1)
        #expect(try directory.text(of: "out") == numberLines(0..<10))
        #expect(try await run.putting(10..<20) == [])
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out") == numberLines(0..<20))
    }

    @Test(
        "After a failed fsync, and after a write that could not be taken back, nothing is written",
        arguments: [true, false])
    func lost(_ isSync: Bool) async throws {
        let run = try await SinkRun(directory("out"), append)
        try await run.put(0..<10)
        let fault = CallFault(
            isSync ? SLUICE_CALL_SYNC : SLUICE_CALL_WRITE, in: directory, "out", times: 1, failing: ENOSPC)
        let cut = CallFault(SLUICE_CALL_TRUNCATE, in: directory, "out", failing: ENOSPC)
        let error = await #expect(throws: ConnectorError.self) {
            if isSync { try await run.flush() } else { try await run.put(10..<20) }
        }
        #expect(error?.kind == .restartable && fault.count == 1 && cut.count == (isSync ? 0 : 1))
        await #expect(throws: ConnectorError.self) { try await run.put(10..<20) }
        await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(fault.count == 1)
    }

    @Test("A file that was rotated away or removed is begun anew", arguments: [true, false])
    func rotated(_ isMoved: Bool) async throws {
        let run = try await SinkRun(directory("out"), append)
        try await run.put(0..<10)
        if isMoved {
            try move(directory("out"), to: directory("out.1"))
        } else {
            try FileSystem.remove(directory("out"))
        }
        try await run.flush()
        try await run.put(10..<20)
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out") == numberLines(10..<20))
        if isMoved { #expect(try directory.text(of: "out.1") == numberLines(0..<10)) }
    }

    @Test("Topics have files of their own, more than may be open")
    func topics() async throws {
        let run = try await SinkRun(directory("${topic}/log"), "\(append),\"open.files.max\":2")
        for round in 0..<2 {
            try await run.put((0..<9).map { Given(json: "\(round)", topic: "t\($0)") })
            try await run.flush()
        }
        try await run.stop()
        for topic in 0..<9 { #expect(try directory.text(of: "t\(topic)/log") == "0\n1\n") }
    }

    @Test("A device or a pipe takes records as well")
    func device() async throws {
        let run = try await SinkRun("/dev/null", append)
        try await run.put(0..<10)
        try await run.flush()
        try await run.stop()
    }

    @Test(
        "What cannot be appended to is refused",
        arguments: [
            "\"path\":\"/x\",\"format\":\"json\"", "\"path\":\"/x\",\"compression\":\"gzip\"",
            "\"path\":\"/x\",\"rotate.records\":1", "\"path\":\"/x-${sequence}\"",
        ])
    func settings(_ json: String) {
        #expect(throws: ConfigProblems.self) {
            _ = try ConfigValues(json: "{\(json),\(append)}", definition: FileSink.definition.config)
        }
    }

    @Test("FileStreamSink appends lines")
    func fileStreamSink() {
        let standIn = FileSink.definition.classes.first { $0.name == "FileStreamSink" }
        #expect(standIn?.implied == ["append": "true", "format": "lines"])
    }
}
