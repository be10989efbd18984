import Foundation
import Glibc

/// Whether something costs more than its size: the cost of one unit at three sizes.
struct GrowRow {
    let name: String
    /// What the cost is of, and in what: `µs of CPU a file`.
    let unit: String
    let sizes: [Int]
    /// The most that a unit may cost at the largest size; nil for no limit but linear growth.
    var limit: Double?
    /// Costs below this are lost among those of the machine, and their growth is not judged.
    var floor = 0.0
    /// The cost of one unit at a size.
    let cost: (Int) throws -> Double
}

/// What a row came to.
private struct GrowResult {
    let row: GrowRow
    let costs: [Double]
    /// How far two measurements of one size are apart, as a fraction.
    let noise: Double

    var growth: Double { (costs.last ?? .nan) / max(costs.first ?? .nan, .leastNonzeroMagnitude) }

    var fault: String? {
        if let limit = row.limit, let last = costs.last, last > limit { return "over its limit of \(format(limit))" }
        if costs.allSatisfy({ $0 < row.floor }) { return nil }
        return growth > 1.3 + noise ? "grows by more than 1.3 and the noise" : nil
    }

    var line: String {
        let figures = zip(row.sizes, costs).map { "\($0): \(format($1))" }.joined(separator: "  ")
        let verdict = fault.map { "FAILS, \($0)" } ?? "ok"
        return
            "  \(row.name), \(row.unit)\n    \(figures)  growth \(format(growth)), A against A ±\(format(noise * 100)) %  \(verdict)"
    }
}

extension Bench {
    /// Prints the table; fails when a row does.
    func grow() throws {
        print("growth: the cost of one unit at three sizes")
        let wanted = ProcessInfo.processInfo.environment["BENCH_GROW"]
        var failed: [String] = []
        for row in growRows where wanted.map(row.name.contains) ?? true {
            let result = try measured(row)
            print(result.line)
            if result.fault != nil { failed.append(row.name) }
        }
        if !failed.isEmpty { throw Failure("grows: \(failed.joined(separator: "; "))") }
    }

    private func measured(_ row: GrowRow) throws -> GrowResult {
        var all = row.sizes.map { _ in [Double]() }
        for _ in 0..<max(3, min(rounds, 5)) {
            for (index, size) in row.sizes.enumerated() { all[index].append(try row.cost(size)) }
        }
        let spreads = all.map { costs in
            let middle = median(costs)
            return median(costs.map { abs($0 - middle) / max(middle, .leastNonzeroMagnitude) }) * 2
        }
        return GrowResult(row: row, costs: all.map(median), noise: spreads.max() ?? 0)
    }

    private var growRows: [GrowRow] {
        [
            GrowRow(
                name: "start with known files", unit: "µs of CPU a file", sizes: [7_500, 15_000, 30_000], limit: 66,
                cost: knownFiles),
            GrowRow(
                name: "reading many files", unit: "µs of CPU a file", sizes: [2_500, 10_000, 40_000], cost: manyFiles),
            GrowRow(
                name: "idle follow", unit: "thousandths of a core for 1,000 files", sizes: [2_500, 5_000, 10_000],
                limit: 2,
                floor: 1, cost: idleFollow),
            GrowRow(
                name: "wide records, editing half", unit: "ns of CPU a field beyond reading and writing it",
                sizes: [100, 1_000, 10_000], limit: 30, cost: wideRecords),
            GrowRow(name: "CSV writing", unit: "ns of CPU a field", sizes: [10, 100, 1_000], cost: csvColumns),
            GrowRow(
                name: "commits of a worker", unit: "ms of CPU for a second of a pipeline of 100 records/s",
                sizes: [250, 500, 1_000], cost: commits),
            GrowRow(
                name: "output files", unit: "µs of CPU a record into its partition's file", sizes: [100, 300, 900],
                cost: outputFiles),
            GrowRow(
                name: "memory of pipelines into files", unit: "MB a pipeline", sizes: [250, 500, 1_000], limit: 0.2,
                cost: pipelineMemory),
        ]
    }
}

// Files read.
extension Bench {
    private func makeFiles(_ count: Int) throws -> String {
        let files = "\(folder)/files-\(count)"
        if FileManager.default.fileExists(atPath: files + "/made") { return files }
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        for number in 0..<count {
            try "{\"n\":\(number)}\n".write(toFile: "\(files)/\(number).ndjson", atomically: false, encoding: .utf8)
        }
        _ = FileManager.default.createFile(atPath: files + "/made", contents: nil)
        return files
    }

    private func filesPipeline(_ count: Int, follow: Bool = false) throws -> String {
        let path = try makeFiles(count)
        return try growPipeline(
            """
            { "name": "grow", "source": { "connector": "file", "path": "\(path)/*.ndjson", "follow": \(follow) },
              "sinks": [ { "connector": "discard" } ] }
            """)
    }

    /// The CPU time that a run of a pipeline costs whatever it does.
    private func bareRun() throws -> Double {
        let pipeline = try growPipeline(
            """
            { "name": "grow", "source": { "connector": "emulator", "kinds": "counter", "max.records": 1 },
              "sinks": [ { "connector": "discard" } ] }
            """, named: "bare")
        return try runAnew(pipeline).cpu
    }

    private func knownFiles(_ count: Int) throws -> Double {
        let pipeline = try filesPipeline(count)
        _ = try runAnew(pipeline)
        let again = try measure(sluice, ["run", pipeline, "--once", "--state-path", "\(folder)/grow.db"])
        return max(0, again.cpu - (try bareRun())) * 1e6 / Double(count)
    }

    private func manyFiles(_ count: Int) throws -> Double {
        let pipeline = try filesPipeline(count)
        return max(0, try runAnew(pipeline).cpu - (try bareRun())) * 1e6 / Double(count)
    }

    private func idleFollow(_ count: Int) throws -> Double {
        let pipeline = try filesPipeline(count, follow: true)
        forgetGrowState()
        let share = try withRunning([pipeline]) { worker in
            try worker.waitUntilIdle()
            return try worker.share(ofSeconds: 10)
        }
        return share * 1e6 / Double(count)
    }
}

// Records written.
extension Bench {
    /// As many fields in all at every size.
    private static let fields = 4_000_000

    private func wideFile(_ width: Int, records: Int) throws -> String {
        try makeInput(
            "wide-\(width)", records: records, in: folder, transforms: "",
            line: { record in
                "{" + (0..<width).map { "\"field\($0)\":\(record + $0)" }.joined(separator: ",") + "}"
            }
        ).path
    }

    /// The dearer of two transforms, each of which edits half of the fields.
    private func wideRecords(_ width: Int) throws -> Double {
        let path = try wideFile(width, records: Self.fields / width)
        let half = stride(from: 0, to: width, by: 2)
        let renames = half.map { "field\($0):other\($0)" }.joined(separator: ",")
        let casts = half.map { "field\($0):string" }.joined(separator: ",")
        return max(
            try editing(path, #""type": "ReplaceField", "renames": "\#(renames)""#),
            try editing(path, #""type": "Cast", "spec": "\#(casts)""#))
    }

    /// What a transform costs for each field beyond reading and writing it, and beyond making the transform.
    private func editing(_ path: String, _ transform: String) throws -> Double {
        let empty = "\(folder)/empty.ndjson"
        _ = FileManager.default.createFile(atPath: empty, contents: Data())
        func run(_ path: String, _ transforms: String) throws -> Double {
            try runAnew(
                growPipeline(
                    """
                    { "name": "grow", "source": { "connector": "file", "path": "\(path)" },
                      "transforms": [ \(transforms) ], "sinks": [ { "connector": "discard" } ] }
                    """)
            ).cpu
        }
        let work = try run(path, "{ \(transform) }") - run(path, "")
        let making = try run(empty, "{ \(transform) }") - run(empty, "")
        return (work - making) * 1e9 / Double(Self.fields)
    }

    private func csvColumns(_ width: Int) throws -> Double {
        let path = try wideFile(width, records: Self.fields / width)
        try? FileManager.default.removeItem(atPath: "\(folder)/grow-out")
        let names = (0..<width).map { "field\($0)" }.joined(separator: ",")
        let cost = try runAnew(
            growPipeline(
                """
                { "name": "grow", "source": { "connector": "file", "path": "\(path)" },
                  "sinks": [ { "connector": "file", "path": "\(folder)/grow-out/out.csv", "format": "csv",
                               "fields": "\(names)" } ] }
                """))
        return (cost.cpu - (try bareRun())) * 1e9 / Double(Self.fields)
    }
}

// Many pipelines, and many files.
extension Bench {
    private func pipelines(_ count: Int, rate: Int, sink: (Int) -> String) throws -> String {
        let all = "\(folder)/pipelines"
        try? FileManager.default.removeItem(atPath: all)
        try FileManager.default.createDirectory(atPath: all, withIntermediateDirectories: true)
        for number in 0..<count {
            try """
            { "name": "p\(number)", "source": { "connector": "emulator", "kinds": "counter", "records.per.second": \(rate) },
              "sinks": [ \(sink(number)) ] }
            """.write(toFile: "\(all)/\(number).json", atomically: false, encoding: .utf8)
        }
        return all
    }

    private func commits(_ count: Int) throws -> Double {
        let all = try pipelines(count, rate: 100) { _ in #"{ "connector": "discard" }"# }
        forgetGrowState()
        let seconds = 20
        try? FileManager.default.removeItem(atPath: "/tmp/sluice-bench-errors")
        let cost = try measure(
            sluice,
            ["run", all, "--duration", "\(seconds)s", "--state-path", "\(folder)/grow.db", "--log-level", "info"])
        let log = try String(contentsOfFile: "/tmp/sluice-bench-errors", encoding: .utf8)
        let delivered = log.split(separator: "\n").compactMap { line -> Double? in
            guard line.hasPrefix("p"), let found = line.firstRange(of: "delivered ") else { return nil }
            return Double(line[found.upperBound...].prefix { $0.isNumber || $0 == "," }.filter(\.isNumber))
        }
        let slowest = (delivered.min() ?? 0) / Double(seconds)
        // Starting takes its share of the time.
        guard delivered.count == count, slowest >= 90 else {
            throw Failure(
                "\(delivered.count) of \(count) pipelines of 100 records/s told what they delivered, the slowest \(slowest)/s"
            )
        }
        return cost.cpu * 1e3 / Double(count * seconds)
    }

    private func outputFiles(_ count: Int) throws -> Double {
        guard let yardstick = ProcessInfo.processInfo.environment["KAFKA_YARDSTICK"] else { return .nan }
        let records = 200_000
        let input = try makeInput("grow-kafka", records: records, in: folder, transforms: "", line: smallLine)
        let kafka = KafkaBench(bench: self, yardstick: yardstick)
        let out = "\(folder)/grow-out"
        try? FileManager.default.removeItem(atPath: out)
        var cost = Cost(cpu: 0, wall: 0, residentMegabytes: 0)
        try kafka.withMockBroker(partitions: count) { servers in
            try kafka.fill(input.path, servers)
            cost = try runAnew(
                growPipeline(
                    """
                    { "name": "grow", "source": { "connector": "kafka", "bootstrap.servers": "\(servers)",
                        "topics": "\(kafka.topic)", "auto.offset.reset": "earliest", "value.converter": "string" },
                      "sinks": [ { "connector": "file", "path": "\(out)/${partition}-${sequence}.ndjson" } ] }
                    """))
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: out).filter { !$0.hasPrefix(".") }
        guard files.count <= count else { throw Failure("\(count) partitions left \(files.count) files") }
        return cost.cpu * 1e6 / Double(records)
    }

    private func pipelineMemory(_ count: Int) throws -> Double {
        let out = "\(folder)/grow-out"
        try? FileManager.default.removeItem(atPath: out)
        let all = try pipelines(count, rate: 10) {
            #"{ "connector": "file", "path": "\#(out)/\#($0)/${sequence}.ndjson", "rotate.interval.ms": 60000 }"#
        }
        forgetGrowState()
        let megabytes = try withRunning([all]) { worker in
            Thread.sleep(forTimeInterval: 20)
            return try worker.residentMegabytes()
        }
        return megabytes / Double(count)
    }
}

// Running.
extension Bench {
    private func growPipeline(_ text: String, named name: String = "grow") throws -> String {
        let path = "\(folder)/\(name).json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func forgetGrowState() {
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: "\(folder)/grow.db\(end)") }
    }

    private func runAnew(_ pipeline: String) throws -> Cost {
        forgetGrowState()
        return try measure(sluice, ["run", pipeline, "--once", "--state-path", "\(folder)/grow.db"])
    }

    private func withRunning<Result>(_ pipelines: [String], _ body: (RunningChild) throws -> Result) throws -> Result {
        let child = try RunningChild(sluice, ["run"] + pipelines + ["--state-path", "\(folder)/grow.db"])
        defer { child.end() }
        return try body(child)
    }
}
