import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
    "The reference pipelines through Kafka run with one command each", .ownThread, .serialized,
    .enabled(if: NoidaServer.program != nil, Comment(rawValue: NoidaServer.absence)),
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct KafkaPipelineTests {
    private static let root = URL(fileURLWithPath: StandIn.folder).deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("users to Kafka and on to files: each once, flat", .timeLimit(.minutes(15)))
    func users() throws {
        let place = try Workplace()
        let server = try StandIn("randomuser_stand_in")
        let worker = try start("users", place, ["RANDOMUSER_ENDPOINT": server.url()])
        try wait(for: worker) {
            try Shell.run("cat output/users/* output/users/.*.part 2>/dev/null | wc -l", in: place.folder) == "1000"
        }
        worker.signal(SIGINT)
        let result = try worker.wait()
        #expect(result.status == 0, "\(result.errors)")
        let users = try place.records(below: "output/users")
        #expect(users.count == 1000 && Set(users.compactMap { $0["id"] as? String }).count == 1000)
        #expect(users.allSatisfy { $0.count == 12 })
    }

    @Test("events to Kafka and on to MongoDB, whole, and to PostgreSQL, as rows", .timeLimit(.minutes(15)))
    func events() throws {
        let postgres = try #require(try PipedServer.postgres(), "needs PostgreSQL: apt-get install postgresql")
        let mongodb = try #require(try PipedServer.mongodb(), "needs SecantusDB; scripts/setup --tests installs it")
        let place = try Workplace()
        let count = 3000
        try writeEvents(count, place)
        let server = try StandIn(
            "github_stand_in", ["--walk", "--data", place.folder.appendingPathComponent("events.ndjson").path])
        let database = "postgresql://sluice:secret@/postgres?host=\(postgres.line)"
        let uri = "mongodb://127.0.0.1:\(mongodb.line)/"
        let environment = ["GITHUB_ENDPOINT": server.url(), "MONGODB_URI": uri, "POSTGRES_URL": database]
        let worker = try start("events", place, environment)
        let rows = { (sql: String) in
            try Shell.run("psql -XAt '\(database)' -c \"\(sql)\" 2>/dev/null || true", in: place.folder)
        }
        let documents = { (question: String) in
            let script = "import pymongo; e = pymongo.MongoClient('\(uri)').github.raw_events; print(\(question))"
            return try Shell.run("'\(TestServers.python)' -c \"\(script)\"", in: place.folder)
        }
        try wait(for: worker) { try rows("SELECT count(*) FROM events") == "\(count)" }
        try wait(for: worker) { try documents("e.count_documents({})") == "\(count)" }
        worker.signal(SIGINT)
        let result = try worker.wait()
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            try rows("SELECT count(DISTINCT id), count(repo_name), count(created_at::timestamptz) FROM events")
                == "\(count)|\(count)|\(count)")
        let types = try rows("SELECT type, count(*) FROM events GROUP BY type ORDER BY type")
        #expect(types == "ForkEvent|1000\nPushEvent|1000\nWatchEvent|1000")
        #expect(try documents("type(e.find_one()['created_at']).__name__") == "datetime")
        #expect(try documents("e.count_documents({'type': 'PushEvent', 'payload.push_id': {'\\$gte': 0}})") == "1000")
    }

    private func start(_ pipelines: String, _ place: Workplace, _ environment: [String: String]) throws
        -> SluiceProcess
    {
        let servers = try NoidaServer.shared.get().servers
        return try place.start(
            ["run", Self.root.appendingPathComponent("configs/\(pipelines)").path, "--state-path", "state.db"],
            environment: environment.merging(["KAFKA_BOOTSTRAP_SERVERS": servers]) { $1 })
    }

    /// Events of this minute: a broker does not keep what is older than its retention.
    private func writeEvents(_ count: Int, _ place: Workplace) throws {
        let now = Date().formatted(.iso8601)
        let types = ["PushEvent", "WatchEvent", "ForkEvent"]
        let events = (0..<count).map { index in
            #"{"id":"\#(index)","type":"\#(types[index % 3])","actor":{"id":\#(index % 7),"login":"a\#(index % 7)"},"#
                + #""repo":{"id":\#(index % 5),"name":"o/r\#(index % 5)"},"payload":{"push_id":\#(index)},"public":true,"#
                + #""created_at":"\#(now)"}"#
        }
        try place.write(events.joined(separator: "\n"), to: "events.ndjson")
    }

    /// Waits until the worker has got there; fails when it ends before.
    private func wait(for worker: SluiceProcess, until hasArrived: () throws -> Bool) throws {
        while try !hasArrived() {
            try #require(worker.isRunning, "the worker ended: \(worker.errorsSoFar)")
            usleep(200_000)
        }
    }
}
