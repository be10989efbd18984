import Foundation
import Glibc
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL to files and to PostgreSQL", .ownThread, .serialized,
    .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct SourceRunTests {
    private let directory = TemporaryDirectory()

    private var folder: URL { URL(fileURLWithPath: directory.path) }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    @Test("Rows of every type arrive in a file; a second run adds what is new and no more")
    func file() throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t (id int8 PRIMARY KEY, n numeric, j jsonb, a text[], at timestamptz);
            INSERT INTO t VALUES (1, 1.10, '{"k": [1]}', '{x,NULL}', '2024-01-01 00:00:00+00'), (2, 'NaN', NULL, NULL, NULL)
            """)
        try write(
            "pipeline.json",
            """
            { "name": "rows",
              "source": { "connector": "postgres", "connection.url": "\(database.url)", "mode": "incrementing",
                          "incrementing.column.name": "id", "table.whitelist": "t" },
              "sinks": [ { "connector": "file", "path": "out-${sequence}.ndjson" } ] }
            """)
        #expect(try SluiceProcess.run(["validate", "pipeline.json", "--connect"], in: folder).status == 0)
        let first = try SluiceProcess.run(["run", "pipeline.json", "--once"], in: folder)
        #expect(first.status == 0, "\(first.errors)")
        try database.run("INSERT INTO t VALUES (3)")
        let second = try SluiceProcess.run(["run", "pipeline.json", "--once"], in: folder)
        #expect(second.status == 0, "\(second.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("out-") }
        let lines = try names.sorted().map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }
        #expect(
            lines.joined() == """
                {"id":1,"n":1.10,"j":{"k": [1]},"a":["x",null],"at":"2024-01-01T00:00:00.000000Z"}
                {"id":2,"n":"NaN","j":null,"a":null,"at":null}
                {"id":3,"n":null,"j":null,"a":null,"at":null}

                """)
    }

    @Test(
        "From PostgreSQL to PostgreSQL every row arrives once, whenever the worker is killed",
        arguments: [
            #""mode": "timestamp", "timestamp.column.name": "at""#,
            #""mode": "timestamp+incrementing", "timestamp.column.name": "at", "incrementing.column.name": "id""#,
        ])
    func killed(_ mode: String) throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t AS SELECT id, '2024-01-01'::timestamptz + id / 700 * interval '1 s' AS at,
              md5(id::text)::uuid AS u, id::numeric / 7 AS n, decode(md5(id::text), 'hex') AS b,
              jsonb_build_object('k', id) AS j, repeat('x', 300) AS x
              FROM generate_series(1, 40000) AS id;
            CREATE TABLE copy (LIKE t)
            """)
        try write("worker.json", #"{"offset.flush.interval.ms": 20, "state.path": "state.db"}"#)
        try write(
            "pipeline.json",
            """
            { "name": "copy",
              "source": { "connector": "postgres", "connection.url": "\(database.url)", "table.whitelist": "t",
                          "follow": false, \(mode) },
              "sinks": [ { "connector": "postgres", "connection.url": "\(database.url)",
                           "table.name.format": "copy" } ] }
            """)
        let arguments = ["run", "pipeline.json", "--once", "--worker", "worker.json"]
        var killed = 0
        for _ in 0..<12 {
            let process = try SluiceProcess(arguments, in: folder)
            usleep(UInt32.random(in: 0..<300_000))
            process.signal(SIGKILL)
            if try process.wait().status == -SIGKILL { killed += 1 }
        }
        let last = try SluiceProcess.run(arguments, in: folder)
        #expect(last.status == 0, "\(last.errors)")
        #expect(killed > 0)
        #expect(try database.value("SELECT count(*) FROM copy") == "40000")
        let difference =
            "(SELECT * FROM t EXCEPT ALL SELECT * FROM copy) UNION ALL (SELECT * FROM copy EXCEPT ALL SELECT * FROM t)"
        #expect(try database.value("SELECT count(*) FROM (\(difference)) d") == "0")
    }
}
