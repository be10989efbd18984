import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink", .ownThread)
struct SinkTests {
    let directory = TemporaryDirectory()

    @Test("A file appears whole at the end, and only then", arguments: Compression.allCases)
    func appears(_ compression: Compression) async throws {
        let run = try await SinkRun(directory("out.ndjson"), "\"compression\":\"\(compression.rawValue)\"")
        try await run.put(0..<1000)
        try await run.flush()
        try await run.put(1000..<1500)
        try await run.flush()
        #expect(try directory.visibleNames == [])
        try await run.stop()
        #expect(try directory.visibleNames == ["out.ndjson"])
        let bytes = try FileSystem.content(of: directory("out.ndjson"))
        #expect(try decompressed(bytes, compression) == numberLines(0..<1500))
        #expect(try directory.hiddenNames.allSatisfy { $0.hasSuffix(".state") })
    }

    @Test("A run without records leaves no file")
    func empty() async throws {
        let run = try await SinkRun(directory("out.json"), "\"format\":\"json\"")
        try await run.flush()
        try await run.stop()
        #expect(try FileSystem.names(in: directory.path) == [])
    }

    @Test("What was not flushed does not appear")
    func unflushed() async throws {
        let run = try await SinkRun(directory("out.ndjson"))
        try await run.put(0..<100_000)
        try await run.stop()
        #expect(try FileSystem.names(in: directory.path) == [])
    }

    static let formats: [(String, String)] = [
        ("\"format\":\"ndjson\"", "{\"a\":\"x,\\n\\\"y\\\"\",\"b\":{\"c\":1.50}}\n[1]\nnull\n"),
        ("\"format\":\"json\"", "[\n{\"a\":\"x,\\n\\\"y\\\"\",\"b\":{\"c\":1.50}},\n[1],\nnull\n]\n"),
        ("\"format\":\"csv\",\"fields\":\"a,b.c,b\"", "a,b.c,b\n\"x,\n\"\"y\"\"\",1.50,\"{\"\"c\"\":1.50}\"\n,,\n,,\n"),
        ("\"format\":\"lines\"", "{\"a\":\"x,\\n\\\"y\\\"\",\"b\":{\"c\":1.50}}\n[1]\nnull\n"),
    ]

    @Test("Every format writes what it says", arguments: formats)
    func writesFormat(_ settings: String, _ expected: String) async throws {
        let run = try await SinkRun(directory("out"), settings)
        try await run.put([Given(json: "{\"a\":\"x,\\n\\\"y\\\"\",\"b\":{\"c\":1.50}}")])
        try await run.flush()
        try await run.put([Given(json: "[1]"), Given(json: "null")])
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out") == expected)
    }

    @Test("Lines writes texts as they are")
    func lines() async throws {
        let run = try await SinkRun(directory("out"), "\"format\":\"lines\"")
        try await run.put([Given(json: "\"a \\\"b\\\" ü\"")])
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out") == "a \"b\" ü\n")
    }

    @Test("Files are finished at exactly so many records, whatever the batches", arguments: [1, 7, 10, 100])
    func rotatesByRecords(_ size: Int) async throws {
        let run = try await SinkRun(directory("out-${sequence}.ndjson"), "\"rotate.records\":10")
        for start in stride(from: 0, to: 100, by: size) { try await run.put(start..<min(100, start + size)) }
        try await run.flush()
        #expect(try directory.visibleNames.count == 10)
        for file in 0..<10 {
            #expect(try directory.text(of: "out-00000\(file).ndjson") == numberLines(file * 10..<file * 10 + 10))
        }
        try await run.stop()
        #expect(try directory.visibleNames.count == 10)
    }

    @Test("Files are finished at a size, at an age and when the hour in their name has passed")
    func rotates() async throws {
        let bySize = try await SinkRun(directory("size-${sequence}"), "\"rotate.bytes\":\"1KiB\"", name: "size")
        for start in stride(from: 0, to: 1000, by: 100) { try await bySize.put(start..<start + 100) }
        try await bySize.flush()
        #expect(try directory.visibleNames.count { $0.hasPrefix("size") } >= 5)
        let byAge = try await SinkRun(directory("age-${sequence}"), "\"rotate.interval.ms\":1000", name: "age")
        try await byAge.put(0..<1)
        try await byAge.flush()
        byAge.clock.advance(.seconds(1))
        try await byAge.put(1..<2)
        try await byAge.flush()
        #expect(try directory.text(of: "age-000000") == numberLines(0..<1))
        let byHour = try await SinkRun(directory("hour/${yyyy}/${MM}/${dd}/${HH}/out"), name: "hour")
        try await byHour.put(0..<1)
        byHour.clock.advance(.seconds(3600))
        try await byHour.put(1..<2)
        try await byHour.flush()
        try await byHour.stop()
        #expect(try directory.text(of: "hour/2025/10/09/08/out") == numberLines(0..<1))
        #expect(try directory.text(of: "hour/2025/10/09/09/out") == numberLines(1..<2))
    }

    @Test("Topics and partitions go to files of their own, and a topic cannot lead out of the directory")
    func routes() async throws {
        let run = try await SinkRun(directory("${topic}/${partition}-${task}.ndjson"))
        try await run.put(
            [
                Given(json: "1", topic: "a", partition: 0), Given(json: "2", topic: "a", partition: 1),
                Given(json: "3", topic: "a", partition: 0), Given(json: "4", topic: "../up"), Given(json: "5"),
            ])
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "a/0-0.ndjson") == "1\n3\n")
        #expect(try directory.text(of: "a/1-0.ndjson") == "2\n")
        #expect(try directory.text(of: "_._up/none-0.ndjson") == "4\n")
        #expect(try directory.text(of: "none/none-0.ndjson") == "5\n")
    }

    @Test("More topics than files may be open still all arrive")
    func manyTopics() async throws {
        let run = try await SinkRun(directory("${topic}-${sequence}"))
        for round in 0..<2 {
            try await run.put((0..<150).map { Given(json: "\(round)", topic: "t\($0)") })
            try await run.flush()
        }
        try await run.stop()
        let names = try directory.visibleNames
        #expect(Set(names.map { $0.prefix { $0 != "-" } }).count == 150)
        #expect(try names.reduce(0) { try $0 + directory.text(of: $1).count { $0 == "\n" } } == 300)
    }

    @Test("A file that exists is not overwritten")
    func keepsOthers() async throws {
        try directory.write("precious", to: "out.ndjson.gz")
        for number in 0..<2 {
            let run = try await SinkRun(directory("out.ndjson.gz"))
            try await run.put(number..<number + 1)
            try await run.flush()
            try await run.stop()
        }
        #expect(try directory.visibleNames == ["out-1.ndjson.gz", "out-2.ndjson.gz", "out.ndjson.gz"])
        #expect(try directory.text(of: "out.ndjson.gz") == "precious")
        #expect(try directory.text(of: "out-2.ndjson.gz") == numberLines(1..<2))
    }

    @Test(
        "Wrong settings are refused with a sentence",
        arguments: [
            ("\"path\":\"/x/${tpoic}\"", "which is no placeholder"), ("\"path\":\"/x/\"", "ends in /"),
            ("\"path\":\"/x\",\"format\":\"csv\"", "format csv needs fields"),
            ("\"path\":\"/x\",\"compression\":\"gzip\",\"compression.level\":12", "gzip knows no such level"),
            ("\"path\":\"/x\",\"format\":\"csv\",\"fields\":\"a.`b\"", "is no field path"),
        ])
    func settings(_ json: String, _ sentence: String) {
        let problems = #expect(throws: ConfigProblems.self) {
            _ = try ConfigValues(json: "{\(json)}", definition: FileSink.definition.config)
        }
        #expect(problems?.description.contains(sentence) == true)
    }

    @Test("Several tasks need their number in the path")
    func taskNumber() async throws {
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await SinkRun(directory("out"), task: TaskSlot(index: 1, count: 2))
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("put ${task} into path") == true)
    }

    @Test("A check tells a directory that cannot be written into, and makes nothing")
    func check() async throws {
        let check = try #require(FileSink.definition.check)
        func values(_ path: String) throws -> ConfigValues {
            try ConfigValues(json: "{\"path\":\"\(path)\"}", definition: FileSink.definition.config)
        }
        try await check(values(directory("a/b/${topic}/out")))
        #expect(try FileSystem.names(in: directory.path) == [])
        try directory.write("", to: "file")
        let error = await #expect(throws: ConnectorError.self) { try await check(values(directory("file/out"))) }
        #expect(error?.kind == .configuration)
    }
}
