import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import EmulatorConnector

/// Runs an emulator to its end.
func run(
    _ settings: String, positions: [Position] = [], task: TaskSlot = TaskSlot()
) async throws -> SourceDriver {
    let driver = try await SourceDriver(EmulatorSource.definition, "{\(settings)}", positions: positions, task: task)
    #expect(try await driver.run(limit: 10_000))
    return driver
}

@Suite("Emulator source", .ownThread)
struct SourceTests {
    @Test(
        "The same seed gives the same records, another seed others",
        arguments: ["posts", "geolocation", "users", "github"])
    func seeded(_ kind: String) async throws {
        let settings = "\"kinds\":\"\(kind)\",\"max.records\":200"
        let first = try await run(settings).lines
        #expect(first.count == 200 && Set(first).count == 200)
        #expect(try await run(settings).lines == first)
        #expect(try await run(settings + ",\"seed\":2").lines != first)
    }

    @Test("A run that goes on from any position gives what a whole run gives", arguments: [1, 3])
    func resumes(_ tasks: Int) async throws {
        let settings = "\"kinds\":\"posts,users,github\",\"max.records\":5000"
        for index in 0..<tasks {
            let task = TaskSlot(index: index, count: tasks)
            let whole = try await run(settings, task: task).lines
            let start = try await SourceDriver(EmulatorSource.definition, "{\(settings)}", task: task)
            try await start.poll()
            #expect(!start.lines.isEmpty && start.lines.count < whole.count)
            let rest = try await run(settings, positions: start.positions, task: task)
            #expect(start.lines + rest.lines == whole)
        }
    }

    @Test("Tasks together make every record once")
    func tasks() async throws {
        var lines: [String] = []
        for index in 0..<3 {
            let task = TaskSlot(index: index, count: 3)
            lines += try await run("\"kinds\":\"counter\",\"max.records\":1000", task: task).lines
        }
        #expect(Set(lines) == Set((0..<1000).map { "{\"n\":\($0)}" }))
        #expect(lines.count == 1000)
    }

    @Test("With another number of tasks nothing is left out")
    func otherTasks() async throws {
        let settings = "\"kinds\":\"counter\",\"max.records\":5000"
        var lines: [String] = []
        var positions: [Position] = []
        for index in 0..<2 {
            let driver = try await SourceDriver(
                EmulatorSource.definition, "{\(settings)}", task: TaskSlot(index: index, count: 2))
            for _ in 0...index { try await driver.poll() }
            lines += driver.lines
            positions += driver.positions
        }
        for index in 0..<3 {
            lines += try await run(settings, positions: positions, task: TaskSlot(index: index, count: 3)).lines
        }
        #expect(Set(lines) == Set((0..<5000).map { "{\"n\":\($0)}" }))
    }

    @Test("Kinds come in turn, each with its topic, and rows belong together")
    func kinds() async throws {
        let driver = try await run("\"kinds\":\"posts,geolocation,users\",\"max.records\":9,\"topic.prefix\":\"p.\"")
        #expect(driver.topics == ["p.posts", "p.geolocation", "p.users"])
        let starts = driver.lines.map { String($0.prefix { $0 != "," }) }
        #expect(starts == (0..<3).flatMap { ["{\"index\":\($0)", "{\"ind\":\($0)", "{\"ind\":\($0)"] })
    }

    @Test("A rate is held by the clock, also by several tasks")
    func rate() async throws {
        let task = TaskSlot(index: 1, count: 4)
        let driver = try await run(
            "\"kinds\":\"counter\",\"records.per.second\":100,\"max.duration.ms\":10000", task: task)
        #expect((245...250).contains(driver.lines.count))
        #expect(driver.pauses.allSatisfy { $0 <= .milliseconds(60) })
    }

    @Test("Events have about the size of real ones")
    func size() async throws {
        let lines = try await run("\"kinds\":\"github\",\"max.records\":2000").lines
        let mean = lines.reduce(0) { $0 + $1.utf8.count } / lines.count
        #expect((900...1300).contains(mean))
    }

    @Test("A batch stays within its limits")
    func limits() async throws {
        let source = EmulatorSource.definition.make()
        let config = try ConfigValues(json: "{\"kinds\":\"github\"}", definition: EmulatorSource.definition.config)
        try await source.start(SourceContext(config: config))
        var batch = RecordBatch()
        #expect(try await source.poll(into: &batch) == .more)
        #expect(batch.count <= BatchLimit.records && batch.byteCount < BatchLimit.bytes + 4096)
    }

    @Test(
        "Kinds and replay exclude each other, and one of them is needed",
        arguments: [
            "{}", "{\"kinds\":\"posts\",\"replay.path\":\"x\"}", "{\"kinds\":\"post\"}",
        ])
    func configuration(_ json: String) {
        #expect(throws: ConfigProblems.self) {
            _ = try ConfigValues(json: json, definition: EmulatorSource.definition.config)
        }
    }
}
