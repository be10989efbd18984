import Foundation

/// Runs both programs against brokers.
struct KafkaBench {
    /// What reading a topic to its end came to.
    struct Reading {
        var records: Int
        /// From the assignment of the partitions, since joining a group takes seconds that differ.
        var seconds: Double
        var residentMegabytes: Double
    }

    let bench: Bench
    let yardstick: String
    /// The topic that is written and read.
    let topic = "bench-\(UInt32.random(in: 0...UInt32.max))"

    /// With `BENCH_KAFKA_SERVERS` set a cluster takes the mock broker's place; the topics made there stay.
    func withMockBroker(partitions: Int, _ body: (_ servers: String) throws -> Void) throws {
        if let servers = ProcessInfo.processInfo.environment["BENCH_KAFKA_SERVERS"] { return try body(servers) }
        let broker = Process()
        broker.executableURL = URL(fileURLWithPath: yardstick)
        broker.arguments = ["broker", topic, "\(partitions)"]
        let (input, output) = (Pipe(), Pipe())
        (broker.standardInput, broker.standardOutput, broker.standardError) = (input, output, FileHandle.nullDevice)
        try broker.run()
        defer {
            try? input.fileHandleForWriting.close()
            broker.waitUntilExit()
        }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try body(line.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Lingers as the sink does.
    func bareProduces(_ file: String, _ compression: String, _ servers: String) throws -> Cost {
        try measure(yardstick, ["produce", servers, topic, compression, "5", file])
    }

    /// Fills every partition alike.
    func fill(_ file: String, _ servers: String) throws {
        _ = try measure(yardstick, ["produce", servers, topic, "none", "0", file])
    }

    func sluiceProduces(_ file: String, _ compression: String, _ servers: String) throws -> Cost {
        let pipeline = try write(
            """
            { "name": "bench-kafka", "source": { "connector": "file", "path": "\(file)", "format": "lines" },
              "sinks": [ { "connector": "kafka", "bootstrap.servers": "\(servers)", "topic": "\(topic)", "key.mode": "none",
                           "value.converter": "string", "compression.type": "\(compression)" } ] }
            """)
        return try measure(bench.sluice, run(pipeline))
    }

    func bareConsumes(_ servers: String, _ round: Int) throws -> Reading {
        let report = "\(bench.folder)/consumed"
        let cost = try measure(yardstick, ["consume", servers, topic, "\(topic)-bare-\(round)"], writing: report)
        let words = try String(contentsOfFile: report, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let records = Int(words[0]), let seconds = Double(words[1]) else {
            throw Failure("kafka-yardstick printed \(words)")
        }
        return Reading(records: records, seconds: seconds, residentMegabytes: cost.residentMegabytes)
    }

    func sluiceConsumes(_ servers: String, _ round: Int) throws -> Reading {
        let pipeline = try write(
            """
            { "name": "bench-kafka", "sinks": [ { "connector": "discard" } ],
              "source": { "connector": "kafka", "bootstrap.servers": "\(servers)", "topics": "\(topic)",
                          "group.id": "\(topic)-sluice-\(round)" } }
            """)
        let cost = try measure(bench.sluice, run(pipeline) + ["--log-format", "json"])
        return try reading(of: String(contentsOfFile: "/tmp/sluice-bench-errors", encoding: .utf8), cost)
    }

    /// The time between the log lines of a run that say that partitions came and went, and the count of its last line.
    private func reading(of log: String, _ cost: Cost) throws -> Reading {
        let lines = log.split(separator: "\n")
        guard let came = lines.last(where: { $0.contains("Partitions were assigned") }).flatMap(time),
            let went = lines.last(where: { $0.contains("Partitions were taken away") }).flatMap(time),
            let last = lines.last(where: { $0.contains("bench-kafka: ") }),
            let count = last.firstRange(of: "delivered ")
        else { throw Failure("the log of sluice does not say when it read") }
        let digits = last[count.upperBound...].prefix { $0.isNumber || $0 == "," }.filter(\.isNumber)
        return Reading(
            records: Int(String(digits)) ?? 0, seconds: went - came, residentMegabytes: cost.residentMegabytes)
    }

    private func time(_ line: Substring) -> Double? {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return line.split(separator: "\"").compactMap { try? Date(String($0), strategy: format) }.first?
            .timeIntervalSinceReferenceDate
    }

    private func run(_ pipeline: String) -> [String] {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(bench.folder)/state.db\(suffix)")
        }
        return ["run", pipeline, "--once", "--state-path", "\(bench.folder)/state.db"]
    }

    private func write(_ pipeline: String) throws -> String {
        let path = "\(bench.folder)/kafka.json"
        try pipeline.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
