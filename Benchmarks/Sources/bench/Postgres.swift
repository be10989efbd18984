import Foundation
import Glibc

/// The `postgres` sink against psql doing the same work by hand, on a server of its own.
struct PostgresBench {
    private static let columns = """
        id bigint, event_type text, actor text, repo text, created_at timestamptz, public boolean, note text
        """
    private static let names = ["event_type", "actor", "repo", "created_at", "public", "note"]

    let bench: Bench
    private let server: PostgresServer

    init(_ bench: Bench) throws {
        self.bench = bench
        server = try PostgresServer()
    }

    func run() throws {
        print("file → postgres against psql with the same rows")
        try compare(
            "insert", records: 2_000_000, limit: 0.9, key: "", settings: "",
            byHand: { "\\copy bench from '\($0)'" })
        try compare(
            "upsert of a half-known key set", records: 400_000, limit: 0.7, key: ", PRIMARY KEY (id)",
            settings: #", "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id""#,
            byHand: upsertByHand)
    }

    private func upsertByHand(_ rows: String) -> String {
        let assignments = Self.names.map { "\($0) = EXCLUDED.\($0)" }.joined(separator: ", ")
        return """
            BEGIN;
            CREATE TEMP TABLE stage (\(Self.columns)) ON COMMIT DROP;
            \\copy stage from '\(rows)'
            INSERT INTO bench SELECT * FROM stage ON CONFLICT (id) DO UPDATE SET \(assignments);
            COMMIT;
            """
    }

    private func compare(
        _ name: String, records: Int, limit: Double, key: String, settings: String, byHand: (String) -> String
    ) throws {
        let lines = try makeInput("small", records: records, in: bench.folder, transforms: "", line: smallLine)
        let pipeline = try makePipeline(lines.path, settings)
        let rows = "\(bench.folder)/rows-\(records).copy"
        try server.run("DROP TABLE IF EXISTS bench; CREATE TABLE bench (\(Self.columns)\(key))")
        _ = try sluice(pipeline)
        try server.run("\\copy (SELECT * FROM bench ORDER BY id) to '\(rows)'")
        let half = "DROP TABLE IF EXISTS known; CREATE TABLE known AS SELECT * FROM bench WHERE id % 2 = 0 ORDER BY id"
        try server.run(half)
        var ours: [Cost] = []
        var psql: [Cost] = []
        for _ in 0..<bench.rounds {
            try prepare(withKnown: !key.isEmpty)
            ours.append(try sluice(pipeline))
            try require(records)
            try prepare(withKnown: !key.isEmpty)
            psql.append(try server.measured(byHand(rows)))
            try require(records)
        }
        let rate = Double(records) / median(ours.map(\.wall))
        let ratio = median(psql.map(\.wall)) / median(ours.map(\.wall))
        print("  \(name), \(records) records of about 200 bytes")
        print("    records per second            \(format(rate))")
        print("    rate against psql             \(format(ratio)) (at least \(limit))")
        print("    CPU seconds per million       \(format(median(ours.map(\.cpu)) * 1e6 / Double(records)))")
        print("    peak memory                   \(format(ours.map(\.residentMegabytes).max() ?? .nan)) MB (limit 64)")
    }

    private func makePipeline(_ input: String, _ settings: String) throws -> String {
        let path = "\(bench.folder)/postgres.json"
        let text = """
            { "name": "bench-postgres", "source": { "connector": "file", "path": "\(input)" },
              "sinks": [ { "connector": "postgres", "connection.url": "\(server.url)",
                           "table.name.format": "bench"\(settings) } ] }
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func prepare(withKnown: Bool) throws {
        try server.run("TRUNCATE bench; DROP TABLE IF EXISTS sluice_positions")
        if withKnown { try server.run("INSERT INTO bench SELECT * FROM known") }
        try server.run("CHECKPOINT")
    }

    private func require(_ records: Int) throws {
        try server.run("SELECT 1 / (count(*) = \(records))::int FROM bench")
    }

    private func sluice(_ pipeline: String) throws -> Cost {
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(bench.folder)/state.db\(end)")
        }
        return try measure(bench.sluice, ["run", pipeline, "--once", "--state-path", "\(bench.folder)/state.db"])
    }
}

/// A PostgreSQL server as the tests start it, gone with this object or this process.
private final class PostgresServer {
    private let process = Process()
    private let input = Pipe()
    private let folder: String
    private let psql = "/usr/bin/psql"

    init() throws {
        guard let script = ProcessInfo.processInfo.environment["POSTGRES_SERVER"] else {
            throw Failure("run it through scripts/bench, which says where the server's script is")
        }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [script]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        folder = line.trimmingCharacters(in: .whitespacesAndNewlines)
        if folder.isEmpty { throw Failure("no PostgreSQL server; install it with: apt-get install postgresql") }
    }

    deinit {
        // The script ends with its standard input, and takes the server and its files along.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    var url: String { "postgresql://sluice:secret@/postgres?host=\(folder)" }

    func run(_ script: String) throws { _ = try measured(script) }

    func measured(_ script: String) throws -> Cost {
        let file = "\(folder).sql"
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try measure(psql, ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, url])
    }
}
