import Foundation

/// The `mongodb` sink against bare bulk inserts of ready-made BSON in C (`mongo-yardstick`), on a server of its own.
///
/// The server is written in Python and takes most of the time, so the processor time of both programs is printed beside the
/// rate.
struct MongoDBBench {
    private static let records = 20_000
    private static let database = "bench"
    private static let collection = "t"

    let bench: Bench
    private let yardstick: String
    private let server: MongoDBServer

    /// Nil when there is no server to measure on, which is said.
    init?(_ bench: Bench) throws {
        guard let yardstick = ProcessInfo.processInfo.environment["MONGO_YARDSTICK"] else {
            throw Failure("run it through scripts/bench, which builds what it compares")
        }
        guard let server = try MongoDBServer() else {
            print("file → mongodb                skipped: needs SecantusDB; scripts/setup --tests installs it")
            return nil
        }
        (self.bench, self.yardstick, self.server) = (bench, yardstick, server)
    }

    func run() throws {
        print("file → mongodb against bare bulk inserts of the same documents, \(Self.records) of about 200 bytes")
        let input = try makeInput("small", records: Self.records, in: bench.folder, transforms: "", line: smallLine)
        try compare("in transactions", input.path, support: "required")
        try compare("directly", input.path, support: "disabled")
    }

    private func compare(_ name: String, _ input: String, support: String) throws {
        let pipeline = try makePipeline(input, support)
        let documents = "\(bench.folder)/documents.bson"
        _ = try sluice(pipeline)
        try tool("dump", documents)
        var ours: [Cost] = []
        var bare: [Cost] = []
        for _ in 0..<bench.rounds {
            ours.append(try sluice(pipeline))
            bare.append(try measured { try tool("insert", documents) })
        }
        let million = 1e6 / Double(Self.records)
        print("  \(name)")
        print("    records per second            \(format(Double(Self.records) / median(ours.map(\.wall))))")
        print(
            "    rate against bare inserts     \(format(median(bare.map(\.wall)) / median(ours.map(\.wall)))) (at least 0.9)"
        )
        print(
            "    CPU seconds per million       \(format(median(ours.map(\.cpu)) * million)), "
                + "bare \(format(median(bare.map(\.cpu)) * million))")
        print("    peak memory                   \(format(ours.map(\.residentMegabytes).max() ?? .nan)) MB (limit 64)")
    }

    private func sluice(_ pipeline: String) throws -> Cost {
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(bench.folder)/state.db\(end)")
        }
        return try measured {
            try measure(bench.sluice, ["run", pipeline, "--once", "--state-path", "\(bench.folder)/state.db"])
        }
    }

    /// Runs one of the two programs into an empty database, and looks whether all arrived.
    private func measured(_ program: () throws -> Cost) throws -> Cost {
        _ = try measure(yardstick, ["drop", server.url, Self.database])
        let cost = try program()
        try tool("expect", "\(Self.records)")
        return cost
    }

    @discardableResult
    private func tool(_ command: String, _ argument: String) throws -> Cost {
        try measure(yardstick, [command, server.url, Self.database, Self.collection, argument])
    }

    private func makePipeline(_ input: String, _ support: String) throws -> String {
        let path = "\(bench.folder)/mongodb.json"
        let text = """
            { "name": "bench-mongodb", "source": { "connector": "file", "path": "\(input)" },
              "sinks": [ { "connector": "mongodb", "connection.uri": "\(server.url)", "database": "\(Self.database)",
                           "collection": "\(Self.collection)", "writemodel.strategy": "insert",
                           "exactly.once.support": "\(support)" } ] }
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

/// A MongoDB server as the tests start it, gone with this object or this process.
private final class MongoDBServer {
    private let process = Process()
    private let input = Pipe()
    let url: String

    /// Nil when it is not installed.
    init?() throws {
        let python = FileManager.default.currentDirectoryPath + "/.build/test-servers/venv/bin/python"
        guard let script = ProcessInfo.processInfo.environment["MONGODB_SERVER"],
            FileManager.default.isExecutableFile(atPath: python)
        else { return nil }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-B", script]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure("the MongoDB server did not start")
        }
        url = "mongodb://127.0.0.1:\(port)/"
    }

    deinit {
        // The script ends with its standard input, and takes its files along.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
