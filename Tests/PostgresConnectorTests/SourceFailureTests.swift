import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL source failures", .ownThread, .serialized, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct SourceFailureTests {
    private static let incrementing =
        #""mode":"incrementing","incrementing.column.name":"id","table.whitelist":"t","follow":false"#

    private func numbers(_ count: Int, on server: Server? = nil) throws -> Database {
        let database = try Database(on: server)
        // Long rows, so that the server cannot have sent all of them before it is stopped.
        try database.run("CREATE TABLE t AS SELECT id, repeat('x', 1000) AS x FROM generate_series(1, \(count)) id")
        return database
    }

    private func expectAll(_ driver: SourceDriver, _ count: Int) {
        let ids = driver.lines.map { $0.prefix { $0 != "," } }
        #expect(ids == (1...count).map { "{\"id\":\($0)" })
    }

    @Test("A connection that is cut between and within batches is made again, and the rest is read")
    func cut() async throws {
        let database = try numbers(20_000)
        let driver = try await SourceDriver(database, Self.incrementing)
        var (cuts, failures) = (0, 0)
        while failures < 20 {
            do {
                if try await driver.poll() == .finished { break }
                if driver.lines.count / 4000 > cuts {
                    cuts += 1
                    try database.cutConnections()
                }
            } catch let error as ConnectorError {
                #expect(error.kind == .retriable)
                failures += 1
            }
        }
        #expect(cuts == 5 && failures > 0)
        expectAll(driver, 20_000)
    }

    @Test("A server that crashes in the middle is waited for, and the rest is read")
    func crash() async throws {
        let server = try Server()
        let database = try numbers(20_000, on: server)
        let driver = try await SourceDriver(database, Self.incrementing)
        try await driver.poll()
        server.restart()
        let failures = try await driver.runRetrying()
        #expect(!failures.isEmpty)
        expectAll(driver, 20_000)
    }

    @Test("Timeouts of locks and statements are tried again")
    func timeouts() async throws {
        let database = try numbers(3)
        try database.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        let driver = try await SourceDriver(database, Self.incrementing + #","connection.timeout.ms":6000"#)
        let lock = await #expect(throws: ConnectorError.self) { try await driver.poll() }
        #expect(lock?.kind == .retriable && lock?.native == "55P03")
        try database.run("COMMIT")
        #expect(try await driver.run())
        expectAll(driver, 3)
        let slow = try await SourceDriver(
            PostgresSource.definition,
            """
            {"connection.url":"\(database.url)&options=-c%20statement_timeout%3D100","mode":"bulk",
             "query":"SELECT pg_sleep(60)"}
            """)
        let statement = await #expect(throws: ConnectorError.self) { try await slow.poll() }
        #expect(statement?.kind == .retriable && statement?.native == "57014")
    }

    @Test(
        "Wrong names, types and queries are configuration errors that name them",
        arguments: [
            (#""mode":"bulk","table.whitelist":"nowhere""#, "table nowhere does not exist"),
            (#""mode":"bulk","table.whitelist":"no.where""#, "table no.where does not exist"),
            (#""mode":"bulk","table.whitelist":"t,public.t""#, "more than once"),
            (#""mode":"bulk","table.whitelist":"t,t""#, "more than once"),
            (#""mode":"incrementing","incrementing.column.name":"di","table.whitelist":"t""#, "did you mean \"id\""),
            (#""mode":"timestamp","timestamp.column.name":"x","table.whitelist":"t""#, "timestamptz"),
            (#""mode":"incrementing","incrementing.column.name":"j","table.whitelist":"t""#, "json"),
            (#""mode":"bulk","table.whitelist":"t","key.fields":"id,no""#, "key.fields"),
            (#""mode":"bulk","query":"SELECT nothing FROM t""#, "nothing"),
            (#""mode":"bulk","query":"SELEC 1""#, "syntax error"),
            (#""mode":"bulk","query":"DELETE FROM t""#, "syntax error"),
            (#""mode":"bulk","query":"SELECT 1 AS a, 2 AS a""#, "two columns \"a\""),
            (#""mode":"bulk","query":"SELECT nextval('s')""#, "must not write"),
            (#""mode":"bulk","query":"SELECT 1) AS q; COMMIT; DROP TABLE t; SELECT (1""#, "multiple commands"),
            (
                #""mode":"timestamp","timestamp.column.name":"at","table.whitelist":"t","db.timezone":"Mars/North""#,
                "Mars/North"
            ),
        ])
    func wrong(_ settings: String, _ hint: String) async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE t AS SELECT 1 AS id, 'x' AS x, now()::timestamp AS at, '1'::json AS j; CREATE SEQUENCE s")
        let error = await #expect(throws: ConnectorError.self) {
            try await SourceDriver(database, settings).poll()
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(hint) == true, "\(error?.message ?? "")")
        #expect(try database.value("SELECT count(*) FROM t") == "1")
        let json = "{\"connection.url\":\"\(database.url)\",\(settings)}"
        let values = try ConfigValues(json: json, definition: PostgresSource.definition.config)
        if !settings.contains("nextval") {
            #expect(throws: ConnectorError.self) { try PostgresSource.check(values) }
        }
    }

    @Test("A missing permission is a configuration error, also before a run")
    func permission() async throws {
        let database = try numbers(1)
        try database.run("CREATE ROLE r\(database.name) LOGIN PASSWORD 'pw'")
        let json = """
            {"connection.url":"\(database.url)","connection.user":"r\(database.name)","connection.password":"pw",
             \(Self.incrementing)}
            """
        let values = try ConfigValues(json: json, definition: PostgresSource.definition.config)
        let early = #expect(throws: ConnectorError.self) { try PostgresSource.check(values) }
        #expect(early?.kind == .configuration && early?.native == "42501")
        let driver = try await SourceDriver(PostgresSource.definition, json)
        let late = await #expect(throws: ConnectorError.self) { try await driver.poll() }
        #expect(late?.kind == .configuration && late?.message.contains("SELECT") == true)
        try database.run("GRANT SELECT ON t TO r\(database.name)")
        try PostgresSource.check(values)
        #expect(try await driver.run())
        expectAll(driver, 1)
    }

    @Test("Wrong passwords show no secret; hosts that are not there are tried again")
    func unreachable() async throws {
        let database = try Database()
        func failure(_ url: String) async -> ConnectorError? {
            await #expect(throws: ConnectorError.self) {
                _ = try await SourceDriver(
                    PostgresSource.definition,
                    "{\"connection.url\":\"\(url)\",\"mode\":\"bulk\",\"query\":\"SELECT 1\"}")
            }
        }
        let password = await failure("postgresql://sluice:hunter2@/\(database.name)?host=\(database.server.folder)")
        #expect(password?.kind == .configuration && password?.message.contains("hunter2") == false)
        #expect(await failure("host=/tmp/no-such-folder dbname=x")?.kind == .retriable)
    }

    @Test("A row that the query fails on in the middle fails the task with the code, and the server's words apart")
    func badRow() async throws {
        let database = try Database()
        let driver = try await SourceDriver(
            database, #""mode":"bulk","query":"SELECT 10 / (5000 - n) AS q FROM generate_series(1, 9000) n""#)
        let error = await #expect(throws: ConnectorError.self) { _ = try await driver.run() }
        #expect(error?.kind == .fatal && error?.native == "22012")
        #expect(error?.message.contains("division_by_zero") == true)
        #expect(error?.detail?.contains("division by zero") == true)
    }

    @Test("A position of another mode is refused")
    func otherMode() async throws {
        let database = try numbers(1)
        let position = Position(
            partition: ["table": "public.t"], offset: ["timestamp": "2024-01-01T00:00:00.000000Z", "incrementing": 1])
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await SourceDriver(database, Self.incrementing, positions: [position])
        }
        #expect(error?.kind == .configuration && error?.message.contains("sluice offsets reset") == true)
    }

    @Test("A stop ends a long statement here and on the server")
    func stop() async throws {
        let database = try Database()
        let driver = try await SourceDriver(
            database,
            #""mode":"bulk","query":"SELECT pg_sleep(3600) FROM generate_series(1, 9)","connection.timeout.ms":3600000"#
        )
        let (stop, url) = (driver.stop, database.url)
        let watcher = Task.detached {
            let observer = try Connection(
                ConnectionSettings(url: Secret(url), user: nil, password: nil, timeout: .seconds(60)))
            while try observer.run(Self.sleeping)[0][0] == "0" {}
            stop.request()
            while try observer.run(Self.sleeping)[0][0] != "0" {}
        }
        await #expect(throws: ConnectorError.self) { try await driver.poll() }
        try await watcher.value
    }

    @Test("A stop returns although the server has fallen silent", arguments: [true, false])
    func stopInSilence(_ isReading: Bool) async throws {
        let database = try numbers(20_000)
        let proxy = try FaultProxy(to: database.socket)
        let values = try ConfigValues(
            json: "{\"connection.url\":\"\(database.url(through: proxy))\",\(Self.incrementing)}",
            definition: PostgresSource.definition.config)
        let source = PostgresSource.definition.make()
        let stop = StopSignal()
        try await source.start(SourceContext(config: values, stop: stop))
        var batch = RecordBatch()
        if isReading { _ = try await source.poll(into: &batch) }
        let before = proxy.accepted
        proxy.inject(.silence)
        stop.request()
        let returned = StopSignal()
        let ending = Task.detached {
            await source.stop()
            returned.request()
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while !returned.isRequested && ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
        #expect(returned.isRequested)
        proxy.cutAll()
        proxy.heal()
        await ending.value
        #expect(isReading || proxy.accepted == before)
    }

    private static let sleeping = """
        SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%pg_sleep(3600)%' AND state = 'active' \
        AND datname = current_database()
        """

    @Test(
        "Settings that cannot work are refused before anything runs",
        arguments: [
            #""mode":"bulk""#, #""mode":"bulk","table.whitelist":"t","query":"SELECT 1""#,
            #""mode":"incrementing","table.whitelist":"t""#, #""mode":"timestamp","table.whitelist":"t""#,
            #""mode":"timestamp+incrementing","table.whitelist":"t","timestamp.column.name":"a""#,
            #""mode":"bulk","table.whitelist":"t","incrementing.column.name":"id""#,
            #""mode":"bulk","table.whitelist":"a.b.c""#, #""mode":"bulk","query":" ; ""#,
            #""mode":"never","query":"S""#,
            #""mode":"bulk","table.whitelist":"t","batch.max.rows":1001"#,
        ])
    func badSettings(_ settings: String) throws {
        #expect(throws: ConfigProblems.self) {
            try ConfigValues(
                json: "{\"connection.url\":\"host=h\",\(settings)}", definition: PostgresSource.definition.config)
        }
    }
}
