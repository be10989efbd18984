import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL source positions", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SourceResumeTests {
    /// Ten rows; ids against the order of the times, three rows of one time, the last ones without a time or an id.
    private func rows() throws -> Database {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t (id int8, at timestamptz, plain timestamp, day date);
            INSERT INTO t SELECT n, '2024-01-01 00:00:00.000001+00'::timestamptz + (10 - n) / 3 * interval '1 microsecond',
              '2024-01-01'::timestamp + (10 - n) / 3 * interval '1 s', '2024-01-01'::date + (10 - n) / 3
              FROM generate_series(1, 9) n;
            INSERT INTO t VALUES (NULL, NULL, NULL, NULL)
            """)
        return database
    }

    @Test(
        "A run that goes on from the position of any batch reads the rest, none lost and none doubled",
        arguments: [
            #""mode":"incrementing","incrementing.column.name":"id""#,
            #""mode":"timestamp","timestamp.column.name":"at""#,
            #""mode":"timestamp","timestamp.column.name":"plain""#,
            #""mode":"timestamp","timestamp.column.name":"day""#,
            #""mode":"timestamp+incrementing","timestamp.column.name":"at","incrementing.column.name":"id""#,
            #""mode":"timestamp+incrementing","timestamp.column.name":"day","incrementing.column.name":"id""#,
        ], [1, 2, 4, 1000])
    func boundaries(_ mode: String, _ size: Int) async throws {
        let database = try rows()
        let settings = mode + ",\"table.whitelist\":\"t\",\"follow\":false,\"batch.max.rows\":\(size)"
        let whole = try await SourceDriver(database, settings)
        #expect(try await whole.run())
        #expect(Set(whole.lines).count == 9)
        #expect(whole.lines.count == 9)
        var polls = 1
        while true {
            let first = try await SourceDriver(database, settings)
            for _ in 0..<polls { try await first.poll() }
            let rest = try await SourceDriver(database, settings, positions: first.positions)
            #expect(try await rest.run())
            // Rows of one timestamp have no order.
            #expect((first.lines + rest.lines).sorted() == whole.lines.sorted(), "after \(polls) polls")
            #expect(!first.positions.isEmpty)
            if first.lines.count == 9 { break }
            polls += 1
        }
        #expect(polls >= (size < 4 ? 3 : 1))
    }

    @Test("Rows of one timestamp are never parted by a position")
    func ties() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE t AS SELECT n, '2024-01-01'::timestamptz + n / 500 * interval '1 s' AS at FROM generate_series(0, 1999) n"
        )
        let driver = try await SourceDriver(
            database,
            #""mode":"timestamp","timestamp.column.name":"at","table.whitelist":"t","follow":false,"batch.max.rows":10"#
        )
        var counts: [Int] = []
        while try await driver.poll() != .finished { counts.append(driver.lines.count) }
        #expect(counts == [500, 1000, 1500, 2000])
    }

    @Test("Rows of one timestamp beyond 16 MiB come in several batches without a position, and a warning says so")
    func largeTies() async throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t AS SELECT n, '2024-01-01'::timestamptz AS at, repeat('x', 1 << 20) FROM generate_series(1, 20) n;
            INSERT INTO t VALUES (21, '2024-01-02', '')
            """)
        let driver = try await SourceDriver(
            database,
            #""mode":"timestamp","timestamp.column.name":"at","table.whitelist":"t","follow":false,"batch.max.rows":10"#
        )
        try await driver.poll()
        #expect(driver.lines.count == 16 && driver.positions.isEmpty)
        #expect(driver.log.messages.count == 1)
        #expect(try await driver.run())
        #expect(driver.lines.count == 21)
        #expect(driver.positions.first?.offset == ["timestamp": "2024-01-02T00:00:00.000000Z"])
    }

    @Test("Rows of 1 MiB make small batches")
    func largeRows() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t AS SELECT n AS id, repeat('x', 1 << 20) AS t FROM generate_series(1, 5) n")
        let driver = try await SourceDriver(
            database, #""mode":"incrementing","incrementing.column.name":"id","table.whitelist":"t","follow":false"#)
        try await driver.poll()
        #expect(driver.lines.count == 1)
        #expect(driver.positions.first?.offset == ["incrementing": 1])
        #expect(driver.positions.first?.partition == ["table": "public.t"])
    }

    @Test("A row committed late, but within the delay, is read in its place")
    func lateCommit() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (n int, at timestamptz)")
        let late = try Connection(
            ConnectionSettings(url: Secret(database.url), user: nil, password: nil, timeout: .seconds(60)))
        try late.run("BEGIN; INSERT INTO t VALUES (1, now() - interval '30 minutes')")
        try database.run("INSERT INTO t VALUES (2, now() - interval '20 minutes'), (0, now() - interval '2 hours')")
        func driver(delay: Int, _ positions: [Position]) async throws -> SourceDriver {
            try await SourceDriver(
                PostgresSource.definition,
                """
                {"connection.url":"\(database.url)","mode":"timestamp","timestamp.column.name":"at",
                 "table.whitelist":"t","timestamp.delay.interval.ms":\(delay)}
                """, positions: positions)
        }
        let early = try await driver(delay: 3_600_000, [])
        #expect(try await early.runUntilIdle())
        try late.run("COMMIT")
        let later = try await driver(delay: 60_000, early.positions)
        #expect(try await later.runUntilIdle())
        let numbers = (early.lines + later.lines).map { $0.prefix(6) }
        #expect(numbers == [#"{"n":0"#, #"{"n":1"#, #"{"n":2"#])
    }

    @Test("A timestamp without a zone is in db.timezone")
    func timeZone() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t AS SELECT now() AT TIME ZONE 'UTC' + interval '5 hours' AS at")
        let common = #""mode":"timestamp","timestamp.column.name":"at","table.whitelist":"t","follow":false"#
        let universal = try await SourceDriver(database, common)
        #expect(try await universal.run())
        #expect(universal.lines.isEmpty)
        let local = try await SourceDriver(database, common + #","db.timezone":"Asia/Tokyo""#)
        #expect(try await local.run())
        #expect(local.lines.count == 1)
    }

    @Test("Following sees new and changed rows after the pause, and the source says when to look again")
    func following() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id int PRIMARY KEY, at timestamptz); INSERT INTO t VALUES (1, '2024-01-01')")
        let driver = try await SourceDriver(
            database,
            #""mode":"timestamp+incrementing","timestamp.column.name":"at","incrementing.column.name":"id","#
                + #""table.whitelist":"t","poll.interval.ms":777"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.pauses == [.milliseconds(777)])
        try database.run(
            "INSERT INTO t VALUES (0, '2024-01-01'), (2, '2024-01-01'); UPDATE t SET at = '2024-01-02' WHERE id = 1")
        #expect(try await driver.runUntilIdle())
        #expect(
            driver.lines == [
                #"{"id":1,"at":"2024-01-01T00:00:00.000000Z"}"#, #"{"id":2,"at":"2024-01-01T00:00:00.000000Z"}"#,
                #"{"id":1,"at":"2024-01-02T00:00:00.000000Z"}"#,
            ])
        #expect(
            driver.positions.map(\.offset) == [["timestamp": "2024-01-02T00:00:00.000000Z", "incrementing": 1]])
        try database.run("ALTER TABLE t ADD COLUMN more int[]; INSERT INTO t VALUES (9, '2024-01-03', '{1}')")
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.last == #"{"id":9,"at":"2024-01-03T00:00:00.000000Z","more":[1]}"#)
    }

    @Test("Bulk reads in the query's order, and is not read again once it is complete")
    func bulk() async throws {
        let database = try Database()
        let settings =
            #""mode":"bulk","query":"SELECT n FROM generate_series(1, 5) n ORDER BY n DESC ; ","batch.max.rows":2"#
        let driver = try await SourceDriver(database, settings)
        try await driver.poll()
        #expect(driver.lines.count == 2 && driver.positions.isEmpty)
        #expect(try await driver.run())
        #expect(driver.lines == [5, 4, 3, 2, 1].map { "{\"n\":\($0)}" })
        let again = try await SourceDriver(database, settings, positions: driver.positions)
        #expect(try await again.run())
        #expect(again.lines.isEmpty)
    }

    @Test("Exact positions of numeric and text columns")
    func otherColumns() async throws {
        let database = try Database()
        try database.run(
            #"CREATE TABLE t AS SELECT unnest(ARRAY[E'a\\b\'', E'z\t\n', 'm']) AS s, unnest(ARRAY[1e30, 2e30 + 0.5, 3e30]) AS n"#
        )
        for (column, last) in [("s", "z\t\n"), ("n", "3000000000000000000000000000000")] {
            let settings =
                "\"mode\":\"incrementing\",\"incrementing.column.name\":\"\(column)\",\"table.whitelist\":\"t\",\"follow\":false,"
                + "\"batch.max.rows\":1"
            var positions: [Position] = []
            for _ in 0..<3 {
                let driver = try await SourceDriver(database, settings, positions: positions)
                try await driver.poll()
                #expect(driver.lines.count == 1)
                positions = driver.positions
            }
            #expect(positions.first?.offset["incrementing"] == .string(last))
            let end = try await SourceDriver(database, settings, positions: positions)
            #expect(try await end.run())
            #expect(end.lines.isEmpty)
        }
    }

    @Test("Tables are shared by tasks and have topics and positions of their own")
    func tables() async throws {
        let database = try Database()
        try database.run("CREATE SCHEMA s; CREATE TABLE s.a AS SELECT 1 AS id; CREATE TABLE b AS SELECT 2 AS id")
        let json = """
            {"connection.url":"\(database.url)","mode":"incrementing","incrementing.column.name":"id","follow":false,
             "table.whitelist":"s.a,b"}
            """
        var lines: [String] = []
        for task in 0..<2 {
            let driver = try await SourceDriver(
                PostgresSource.definition, json, task: TaskSlot(index: task, count: 2))
            #expect(try await driver.run())
            #expect(driver.topics == [["a", "b"][task]])
            #expect(driver.positions.map(\.partition) == [["table": .string(["s.a", "public.b"][task])]])
            lines += driver.lines
        }
        #expect(lines == [#"{"id":1}"#, #"{"id":2}"#])
    }
}
