import Foundation

/// The measurements, each printing its figures beside what they are held against.
struct Bench {
    let rounds: Int
    let folder: String
    let sluice: String
    let yardstick: String

    init(rounds: Int) throws {
        self.rounds = rounds
        let environment = ProcessInfo.processInfo.environment
        folder = environment["SLUICE_BENCH_FOLDER"] ?? NSTemporaryDirectory() + "sluice-bench"
        guard let sluice = environment["SLUICE"], let yardstick = environment["YARDSTICK"] else {
            throw Failure("run it through scripts/bench, which builds what it compares")
        }
        self.sluice = sluice
        self.yardstick = yardstick
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func fileToFile() throws {
        let small = try makeInput(
            "small", records: 1_000_000, in: folder, transforms: transforms(small: true), line: smallLine)
        let gitHub = try makeInput(
            "github", records: 300_000, in: folder, transforms: transforms(small: false), line: gitHubLine)
        print("file → 4 transforms → file")
        for (input, limit) in [(small, 0.25), (gitHub, 1.0)] { try compare(input, limit: limit) }
    }

    private func transforms(small: Bool) -> String {
        let renames = small ? "event_type:kind,actor:user" : "created_at:timestamp,actor:user"
        return """
            { "type": "InsertField", "static.field": "source", "static.value": "github-archive" },
            { "type": "ReplaceField", "exclude": "public", "renames": "\(renames)" },
            { "type": "Cast", "spec": "\(small ? "id" : "seq"):string" },
            { "type": "Filter", "predicate":
              { "type": "FieldMatches", "field": "\(small ? "repo" : "repo.name")", "pattern": "octo-org/dropped" } }
            """
    }

    private func compare(_ input: Input, limit: Double) throws {
        var first: [Cost] = []
        var again: [Cost] = []
        var byHand: [Cost] = []
        let reference = "\(folder)/yardstick-\(input.name).ndjson"
        for _ in 0..<rounds {
            first.append(try run(input))
            byHand.append(try measure(yardstick, [input.name, input.path, reference]))
            again.append(try run(input))
        }
        try requireSameBytes(input.output, reference)
        let million = 1_000_000 / Double(input.records)
        let cpu = median((first + again).map(\.cpu))
        let noise = median(zip(first, again).map { abs($0.cpu / $1.cpu - 1) })
        let ratio = median(zip(first, byHand).map { $0.cpu / $1.cpu })
        let wall = median(zip(first, byHand).map { $0.wall / $1.wall })
        let resident = median(first.map(\.residentMegabytes))
        print("  \(input.name), \(input.records) records")
        print("    CPU seconds per million       \(format(cpu * million)) (limit \(limit))")
        print("    CPU against C++ by hand       \(format(ratio)) (limit 1.3), A against A ±\(format(noise * 100)) %")
        print("    wall time against C++         \(format(wall))")
        print("    peak memory                   \(format(resident)) MB (limit 40)")
        print("    allocations per record        \(format(try mallocsPerRecord(input)))")
    }

    private func run(_ input: Input) throws -> Cost {
        for path in ["\(folder)/state.db", "\(folder)/state.db-wal", "\(folder)/state.db-shm"] {
            try? FileManager.default.removeItem(atPath: path)
        }
        try? FileManager.default.removeItem(atPath: (input.output as NSString).deletingLastPathComponent)
        return try measure(sluice, ["run", input.pipeline, "--once", "--state-path", "\(folder)/state.db"])
    }

    private func requireSameBytes(_ left: String, _ right: String) throws {
        guard FileManager.default.contentsEqual(atPath: left, andPath: right) else {
            throw Failure("\(left) and \(right) differ: the two programs did not do the same work")
        }
    }

    /// Allocations beyond those that do not depend on the number of records.
    private func mallocsPerRecord(_ input: Input) throws -> Double {
        guard let counter = ProcessInfo.processInfo.environment["MALLOC_COUNTER"] else { return .nan }
        let half = "\(folder)/half.ndjson"
        _ = try measure("/usr/bin/head", ["-n", "\(input.records / 2)", input.path], writing: half)
        let whole = try mallocs(input.pipeline, counter)
        let text = try String(contentsOfFile: input.pipeline, encoding: .utf8)
        let pipeline = "\(folder)/half.json"
        try text.replacingOccurrences(of: "\"\(input.path)\"", with: "\"\(half)\"")
            .write(toFile: pipeline, atomically: true, encoding: .utf8)
        return Double(whole - (try mallocs(pipeline, counter))) / Double(input.records - input.records / 2)
    }

    private func mallocs(_ pipeline: String, _ counter: String) throws -> Int {
        try? FileManager.default.removeItem(atPath: "\(folder)/state.db")
        let report = "\(folder)/mallocs"
        _ = try measure(
            sluice, ["run", pipeline, "--once", "--state-path", "\(folder)/state.db"],
            environment: ["LD_PRELOAD": counter, "MALLOC_REPORT": report])
        return Int(try String(contentsOfFile: report, encoding: .utf8).filter(\.isNumber)) ?? 0
    }

    func emulatorTasks() throws {
        var ratios: [Double] = []
        for _ in 0..<rounds { ratios.append(try emulator(tasks: 2) / (try emulator(tasks: 1))) }
        print("emulator → discard, 2 tasks against 1")
        print("    records per second            \(format(median(ratios))) times (at least 1.9)")
    }

    /// Records per second of wall time.
    private func emulator(tasks: Int) throws -> Double {
        let records = 4_000_000 * tasks
        let pipeline = "\(folder)/emulator.json"
        let text = """
            { "name": "bench-emulator", "tasks.max": \(tasks),
              "source": { "connector": "emulator", "kinds": "counter", "max.records": \(records) },
              "sinks": [ { "connector": "discard" } ] }
            """
        try text.write(toFile: pipeline, atomically: true, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: "\(folder)/state.db")
        let cost = try measure(sluice, ["run", pipeline, "--once", "--state-path", "\(folder)/state.db"])
        return Double(records) / cost.wall
    }

    func startAndIdle() throws {
        let pipeline = "\(folder)/first.json"
        let text = """
            { "name": "bench-first", "source": { "connector": "emulator", "kinds": "counter", "max.records": 1 },
              "sinks": [ { "connector": "stdout" } ] }
            """
        try text.write(toFile: pipeline, atomically: true, encoding: .utf8)
        var times: [Double] = []
        for _ in 0..<(rounds * 3) {
            try? FileManager.default.removeItem(atPath: "\(folder)/state.db")
            times.append(
                try timeToFirstByte(sluice, ["run", pipeline, "--once", "--state-path", "\(folder)/state.db"]))
        }
        print("start to first record             \(format(median(times) * 1000)) ms (limit 50)")
        let idle = "\(folder)/idle.json"
        _ = FileManager.default.createFile(atPath: "\(folder)/idle.ndjson", contents: Data())
        let idleText = """
            { "name": "bench-idle", "source": { "connector": "file", "path": "\(folder)/idle.ndjson", "follow": true },
              "sinks": [ { "connector": "discard" } ] }
            """
        try idleText.write(toFile: idle, atomically: true, encoding: .utf8)
        let resident = try residentMegabytes(sluice, ["run", idle, "--state-path", "\(folder)/state.db"], after: 2)
        print("idle worker                       \(format(resident)) MB resident (limit 15)")
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}

func format(_ value: Double) -> String { String(format: "%.3g", value) }
