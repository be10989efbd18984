import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL source values", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SourceValueTests {
    private func line(_ expression: String, _ prelude: String = "") async throws -> String? {
        let database = try Database()
        if !prelude.isEmpty { try database.run(prelude) }
        let query = "SELECT \(expression) AS v".jsonQuoted
        let driver = try await SourceDriver(database, "\"mode\":\"bulk\",\"query\":\(query)")
        #expect(try await driver.run())
        #expect(driver.lines.count == 1)
        return driver.lines.first
    }

    @Test(
        "Numbers keep PostgreSQL's digits",
        arguments: [
            ("9223372036854775807::int8", "9223372036854775807"),
            ("(-9223372036854775808)::int8", "-9223372036854775808"),
            ("(-7)::int2", "-7"), ("4294967295::oid", "4294967295"),
            ("123456789012345678901234567890.123456789000::numeric", "123456789012345678901234567890.123456789000"),
            ("0.000000000000000000000000000001::numeric", "0.000000000000000000000000000001"),
            ("'NaN'::numeric", #""NaN""#), ("'-Infinity'::numeric", #""-Infinity""#),
            ("0.1::float8", "0.1"), ("1e300::float8", "1e+300"), ("(-0.0)::float8", "0"), ("'-0'::float8", "-0"),
            ("0.1::float8 + 0.2::float8", "0.30000000000000004"), ("5e-324::float8", "5e-324"),
            ("16777217::float4", "1.6777216e+07"), ("'Infinity'::float8", #""Infinity""#), ("'NaN'::float4", #""NaN""#),
        ])
    func numbers(_ expression: String, _ expected: String) async throws {
        let line = try await line(expression)
        #expect(line == "{\"v\":\(expected)}")
    }

    @Test(
        "Times are ISO 8601 in UTC with microseconds",
        arguments: [
            ("'2024-02-29 23:59:59.1+02'::timestamptz", "2024-02-29T21:59:59.100000Z"),
            ("'2024-02-29 23:59:59'::timestamptz", "2024-02-29T23:59:59.000000Z"),
            ("'0001-01-01 00:00:00.000001+00'::timestamptz", "0001-01-01T00:00:00.000001Z"),
            ("'9999-12-31 23:59:59.999999'::timestamp", "9999-12-31T23:59:59.999999"),
            ("'2024-01-01 12:00'::timestamp", "2024-01-01T12:00:00.000000"),
            ("'infinity'::timestamptz", "infinity"), ("'-infinity'::timestamp", "-infinity"),
            ("'0044-03-15 12:00:00 BC'::timestamp", "0044-03-15 12:00:00 BC"),
            ("'0044-03-15 12:00:00+00 BC'::timestamptz", "0044-03-15 12:00:00+00 BC"),
            ("'10000-01-01 00:00:00'::timestamptz", "10000-01-01 00:00:00+00"),
            ("'2024-02-29'::date", "2024-02-29"), ("'0044-03-15 BC'::date", "0044-03-15 BC"),
            ("'24:00:00'::time", "24:00:00.000000"), ("'01:02:03.4'::time", "01:02:03.400000"),
            ("'01:02:03.4+05:30'::timetz", "01:02:03.4+05:30"),
            ("'1 year 2 mons 3 days 04:05:06.7'::interval", "P1Y2M3DT4H5M6.7S"),
        ])
    func times(_ expression: String, _ expected: String) async throws {
        #expect(try await line(expression) == "{\"v\":\"\(expected)\"}")
    }

    @Test(
        "Texts, truth values, JSON and arrays",
        arguments: [
            ("true", "true"), ("false", "false"), ("NULL::text", "null"), ("''::text", #""""#),
            ("'\\N'::text", #""\\N""#),
            (#"E'a\tb\nc\rd\be\ff\x0bg\x01h"i\\j'::text"#, #""a\tb\nc\rd\u0008e\u000cf\u000bg\u0001h\"i\\j""#),
            ("'é漢字🙂\u{2028}'::text", "\"é漢字🙂\u{2028}\""),
            ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", #""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#),
            (
                #"'{"a": [1, 12345678901234567890.10, "x\ty"], "a\"b": null}'::jsonb"#,
                #"{"a": [1, 12345678901234567890.10, "x\ty"], "a\"b": null}"#
            ),
            ("E'{\"a\" :\\n [1,\\r\\n 2]}'::json", #"{"a" :  [1,   2]}"#), ("'null'::jsonb", "null"),
            ("ARRAY[1,NULL,3]::int8[]", "[1,null,3]"), ("'{}'::int[]", "[]"), ("'[0:1]={5,6}'::int[]", "[5,6]"),
            ("'{{1,2},{3,NULL}}'::int[]", "[[1,2],[3,null]]"),
            (
                #"ARRAY['a,b','{c}','"d\e"','',NULL,'NULL',' x ', E'\t']"#,
                #"["a,b","{c}","\"d\\e\"","",null,"NULL"," x ","\t"]"#
            ),
            (#"ARRAY['{"k": "v,\"w\""}']::jsonb[]"#, #"[{"k": "v,\"w\""}]"#),
            ("ARRAY['2024-01-01 00:00:00+00']::timestamptz[]", #"["2024-01-01T00:00:00.000000Z"]"#),
            (#"ARRAY['\x00ff10','\x','\xab']::bytea[]"#, #"["AP8Q","","qw=="]"#),
            ("ARRAY['(1,1),(0,0)','(3,3),(2,2)']::box[]", #"["(1,1),(0,0)","(3,3),(2,2)"]"#),
            ("ARRAY[true,false]", "[true,false]"), ("'1 2'::int2vector", #""1 2""#), ("ROW(1,'a')", #""(1,a)""#),
        ])
    func others(_ expression: String, _ expected: String) async throws {
        let line = try await line(expression)
        #expect(line == "{\"v\":\(expected)}")
    }

    @Test("Domains, enumerations and arrays of them are what they are made of")
    func ownTypes() async throws {
        let prelude = """
            CREATE DOMAIN d AS numeric(10,2); CREATE DOMAIN dd AS d; CREATE TYPE e AS ENUM ('x y', 'z');
            CREATE DOMAIN l AS int[]
            """
        #expect(try await line("1.5::dd", prelude) == #"{"v":1.50}"#)
        #expect(try await line("ARRAY[1.5]::dd[]", prelude) == #"{"v":[1.50]}"#)
        #expect(try await line("ARRAY['x y']::e[]", prelude) == #"{"v":["x y"]}"#)
        #expect(try await line("'{1,2}'::l", prelude) == #"{"v":[1,2]}"#)
    }

    @Test("The session's own formats do not matter")
    func formats() async throws {
        let database = try Database()
        try database.run(
            """
            ALTER DATABASE \(database.name) SET TimeZone TO 'Asia/Tokyo';
            ALTER DATABASE \(database.name) SET DateStyle TO 'German'; ALTER DATABASE \(database.name) SET extra_float_digits TO 0;
            ALTER DATABASE \(database.name) SET bytea_output TO 'escape';
            ALTER DATABASE \(database.name) SET standard_conforming_strings TO off;
            ALTER DATABASE \(database.name) SET IntervalStyle TO 'sql_standard'
            """)
        let query =
            "SELECT '2024-01-01 00:00:00+00'::timestamptz t, 0.1::float8 + 0.2 f, '\\\\x00ff'::bytea b, "
            + "'1 day'::interval i, '2024-01-31'::date d"
        let driver = try await SourceDriver(database, "\"mode\":\"bulk\",\"query\":\(query.jsonQuoted)")
        #expect(try await driver.run())
        #expect(
            driver.lines == [
                #"{"t":"2024-01-01T00:00:00.000000Z","f":0.30000000000000004,"b":"AP8=","i":"P1D","d":"2024-01-31"}"#
            ])
    }

    @Test("Bytes stay bytes, keys are copied, topics and tombstone-free values are set")
    func record() async throws {
        let database = try Database()
        try database.run(
            #"CREATE TABLE "T x" (id int, b bytea, "a""b" text); INSERT INTO "T x" VALUES (1, '\x00ff', 'v')"#)
        for (keys, expected) in [("id", "1"), ("id,b", #"{"id":1,"b":"AP8="}"#)] {
            let values = try ConfigValues(
                json: """
                    {"connection.url":"\(database.url)","mode":"bulk","table.whitelist":"T x","topic.prefix":"db.",
                     "key.fields":"\(keys)"}
                    """, definition: PostgresSource.definition.config)
            let source = PostgresSource.definition.make()
            try await source.start(SourceContext(config: values))
            var batch = RecordBatch()
            #expect(try await source.poll(into: &batch) == .more)
            #expect(batch[0].key.jsonText == expected)
            #expect(batch[0]["b"].kind == .bytes)
            #expect(batch[0].topic == "db.T x")
            #expect(batch[0].value.jsonText == #"{"id":1,"b":"AP8=","a\"b":"v"}"#)
            await source.stop()
        }
    }

    @Test("A text of 1 MiB and a row without columns come whole")
    func extremes() async throws {
        let database = try Database()
        try database.run("CREATE TABLE e (); INSERT INTO e DEFAULT VALUES; INSERT INTO e DEFAULT VALUES")
        let empty = try await SourceDriver(database, #""mode":"bulk","table.whitelist":"e""#)
        #expect(try await empty.run())
        #expect(empty.lines == ["{}", "{}"])
        let query = "SELECT repeat(E'\\\"\\n', 524288) AS t"
        let large = try await SourceDriver(database, "\"mode\":\"bulk\",\"query\":\(query.jsonQuoted)")
        #expect(try await large.run())
        #expect(large.lines.first?.utf8.count == 4 * 524_288 + 8)
    }

    @Test("A text that is not UTF-8 is rejected alone, with its table and row")
    func notUnicode() async throws {
        let database = try Database()
        try database.run("CREATE DATABASE ascii\(database.name) ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
        let url = "postgresql://sluice:secret@/ascii\(database.name)?host=\(database.server.folder)"
        let writer = try Connection(
            ConnectionSettings(url: Secret(url), user: nil, password: nil, timeout: .seconds(60)))
        try writer.run("CREATE TABLE t (id int, t text); INSERT INTO t VALUES (1, 'a'), (2, E'\\xff'), (3, 'c')")
        let values = try ConfigValues(
            json: "{\"connection.url\":\"\(url)\",\"mode\":\"bulk\",\"table.whitelist\":\"t\"}",
            definition: PostgresSource.definition.config)
        let source = PostgresSource.definition.make()
        try await source.start(SourceContext(config: values))
        var batch = RecordBatch()
        _ = try await source.poll(into: &batch)
        #expect(batch.count == 3 && batch.deliverableCount == 2)
        #expect(batch.rejections.map(\.recordIndex) == [1])
        #expect(batch.rejections.first?.error.message.hasPrefix("table public.t: line 2") == true)
    }
}
