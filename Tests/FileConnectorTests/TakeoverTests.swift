import ConnectorKit
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink: what others left")
struct TakeoverTests {
    let directory = TemporaryDirectory()

    private var names: SinkNames { SinkNames(directory: directory.path, pipeline: "test", sink: "sink") }

    /// The numbers in all files that are visible, sorted.
    private func numbers() throws -> [Int] {
        try directory.visibleNames.flatMap { name in
            try directory.text(of: name).split(separator: "\n").compactMap { Int($0.dropFirst(5).dropLast()) }
        }.sorted()
    }

    @Test(
        "Nothing is lost or doubled when the number of tasks changes over kills",
        arguments: [[2, 1, 2, 1], [1, 2, 1], [4, 4, 1], [3, 1, 3, 1, 2, 1]], ["", "\"format\":\"json\""])
    func changingTasks(_ counts: [Int], _ settings: String) async throws {
        let graveyard = Graveyard(directory)
        var next = 0
        var reached: [Int64: Int64] = [:]
        for count in counts {
            var runs: [SinkRun] = []
            for task in 0..<count {
                runs.append(
                    try await SinkRun(directory("${task}"), settings, task: TaskSlot(index: task, count: count)))
            }
            // Each position is handed back to every task, whoever stored it, until the worker has it.
            for run in runs {
                for (partition, number) in reached { #expect(run.storedNumber(of: partition) == number) }
            }
            for (partition, run) in runs.enumerated() {
                try await run.put(next..<next + 10, of: Int64(partition))
                try await run.flush()
                next += 10
                reached[Int64(partition)] = Int64(next)
                try await run.put(0..<10, of: Int64(partition))
            }
            // Those of tasks that were no more are forgotten with the first flush.
            reached = reached.filter { $0.key < count }
            for run in runs { try graveyard.bury(run) }
        }
        let last = try await SinkRun(directory("${task}"), settings)
        try await last.stop()
        let found = settings.isEmpty ? try numbers() : try jsonNumbers()
        #expect(found == Array(0..<next))
    }

    private func jsonNumbers() throws -> [Int] {
        try directory.visibleNames.flatMap { name in
            let array = try JSONDecoder().decode([[String: Int]].self, from: Data(directory.text(of: name).utf8))
            return array.compactMap { $0["n"] }
        }.sorted()
    }

    @Test("What a dead worker of a group left is finished by another that is given partitions")
    func deadWorker() async throws {
        let graveyard = Graveyard(directory)
        let path = directory("${task}-${sequence}")
        let dead = try await SinkRun(path, worker: "one", claimsPartitions: true)
        #expect(try await dead.claim(1) == nil)
        try await dead.put(0..<10)
        try await dead.flush()
        try await dead.put(10..<20)
        try graveyard.bury(dead)
        let living = try await SinkRun(path, task: TaskSlot(index: 1, count: 2), worker: "two", claimsPartitions: true)
        #expect(try await living.claim(1) == 10)
        try await living.put(10..<20)
        try await living.flush()
        #expect(try numbers() == Array(0..<10))
        try await living.stop()
        #expect(try numbers() == Array(0..<20))
    }

    @Test("What a living worker of a group writes is left alone, and the tasks of one worker leave it to each other")
    func livingWorker() async throws {
        let path = directory("${task}-${sequence}")
        let one = try await SinkRun(path, worker: "one", claimsPartitions: true)
        _ = try await one.claim(1)
        try await one.put(0..<10)
        try await one.flush()
        let two = try await SinkRun(path, worker: "two", claimsPartitions: true)
        _ = try await two.claim(2)
        try await two.put(100..<110, of: 2)
        try await two.flush()
        try await two.stop()
        #expect(try numbers() == Array(100..<110))
        try await one.put(10..<20)
        try await one.flush()
        try await one.stop()
        #expect(try numbers() == Array(0..<20) + Array(100..<110))
    }

    @Test("Whose files a life inherits")
    func heirs() {
        func succession(_ task: Int, of count: Int, claims: Bool) throws -> Succession {
            Succession(
                SinkContext(
                    config: try ConfigValues(json: #"{"path":"/x"}"#, definition: FileSink.definition.config),
                    task: TaskSlot(index: task, count: count), claimsPartitions: claims, worker: "w"))
        }
        func heirs(of other: SinkOwner, claims: Bool) -> [Int] {
            (0..<2).filter { (try? succession($0, of: 2, claims: claims).isHeir(of: other)) == true }
        }
        #expect(heirs(of: SinkOwner(id: "1", worker: "w", task: 1), claims: false) == [1])
        #expect(heirs(of: SinkOwner(id: "5", worker: "v", task: 5), claims: false) == [0])
        #expect(heirs(of: SinkOwner(id: "w-x", worker: "w", task: 1), claims: true) == [1])
        #expect(heirs(of: SinkOwner(id: "w-x", worker: "w", task: 2), claims: true) == [0])
        #expect(heirs(of: SinkOwner(id: "v-x", worker: "v", task: 1), claims: true) == [0, 1])
    }

    @Test("The states of a version that kept one for each task are taken over, with their files", arguments: [1, 2])
    func oldVersion(_ count: Int) async throws {
        for task in 0..<2 {
            let part = names.part(0, of: String(task))
            try directory.write(numberLines(task * 10..<task * 10 + 11), to: FileSystem.name(of: part))
            let bytes = numberLines(task * 10..<task * 10 + 10).utf8.count
            try directory.write(
                #"""
                {"sequence":1,"open":[{"key":"\#(directory("\(task)"))","temporary":"\#(part)","period":"","final":\#
                "\#(directory("\(task)"))","bytes":\#(bytes),"records":10}],"finished":[],\#
                "positions":[{"partition":"{\"p\":\#(task)}","offset":"{\"n\":\#(task * 10 + 10)}"}]}
                """#, to: FileSystem.name(of: names.oldState(of: task)))
        }
        var runs: [SinkRun] = []
        for task in 0..<count {
            runs.append(try await SinkRun(directory("${task}"), task: TaskSlot(index: task, count: count)))
        }
        for run in runs { #expect(run.storedNumber(of: 0) == 10 && run.storedNumber(of: 1) == 20) }
        try await runs[0].put(20..<30, of: 0)
        try await runs[0].flush()
        for run in runs { try await run.stop() }
        #expect(try numbers() == Array(0..<30))
        #expect(try directory.text(of: "0") == numberLines(0..<10) + numberLines(20..<30))
        #expect(try directory.hiddenNames == [FileSystem.name(of: names.stateFolder)])
    }

    @Test("Two tasks that write one partition cannot both commit")
    func movedPartition() async throws {
        let runs = [
            try await SinkRun(directory("${task}"), task: TaskSlot(index: 0, count: 2)),
            try await SinkRun(directory("${task}"), task: TaskSlot(index: 1, count: 2)),
        ]
        for run in runs { try await run.put(0..<10) }
        try await runs[0].flush()
        let error = await #expect(throws: ConnectorError.self) { try await runs[1].flush() }
        #expect(error?.kind == .restartable)
        #expect(error?.message.contains(#"has taken over partition {"p":1}"#) == true, "\(error?.message ?? "")")
        for run in runs { try await run.stop() }
        #expect(try numbers() == Array(0..<10))
    }
}
