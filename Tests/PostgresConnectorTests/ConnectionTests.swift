import ConnectorKit
import Foundation
import Glibc
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL connections", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct ConnectionTests {
    private func failure(_ url: String, _ more: String = "") async throws -> ConnectorError? {
        let values = try ConfigValues(
            json: "{\"connection.url\":\"\(url)\"\(more)}", definition: PostgresSink.definition.config)
        do {
            _ = try await PostgresSink.definition.make().start(SinkContext(config: values))
            return nil
        } catch let error as ConnectorError {
            return error
        }
    }

    @Test("Wrong names and passwords are configuration errors with their SQLSTATE, and show no secret")
    func refused() async throws {
        let database = try Database()
        let host = "?host=\(database.server.folder)"
        let password = try await failure("postgresql://sluice:hunter2@/\(database.name)\(host)")
        #expect(password?.kind == .configuration && password?.native == "28P01")
        #expect(password?.message.contains("hunter2") == false)
        #expect(password?.message.contains("28P01") == false)
        let missing = try await failure("postgresql://sluice:secret@/nowhere\(host)")
        #expect(missing?.kind == .configuration && missing?.native == "3D000")
        let separate = try await failure(
            "jdbc:postgresql:///\(database.name)\(host)",
            ",\"connection.user\":\"sluice\",\"connection.password\":\"secret\"")
        #expect(separate == nil)
    }

    @Test("Missing tables, permissions and unique indexes are configuration errors")
    func missing() async throws {
        let database = try Database()
        try database.run("CREATE TABLE u (id bigint)")
        try database.run("CREATE TABLE t (id bigint); CREATE ROLE w\(database.name) LOGIN PASSWORD 'pw'")
        try database.run("GRANT CREATE ON SCHEMA public TO w\(database.name)")
        let absent = try await SinkRun(database)
        let table = await #expect(throws: ConnectorError.self) {
            try await absent.put(["{\"id\":1}"], topic: "nothing")
        }
        #expect(table?.kind == .configuration)
        _ = try await SinkRun(database, pipeline: "makes the positions")
        try database.run("GRANT ALL ON sluice_positions TO w\(database.name)")
        let limited = try await SinkRun(
            database, "\"connection.user\":\"w\(database.name)\",\"connection.password\":\"pw\"", pipeline: "limited")
        let permission = await #expect(throws: ConnectorError.self) { try await limited.put(["{\"id\":1}"]) }
        #expect(permission?.kind == .configuration && permission?.native == "42501")
        let upsert = try await SinkRun(
            database, "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"", pipeline: "upsert"
        )
        let index = await #expect(throws: ConnectorError.self) { try await upsert.put(["{\"id\":1}"], topic: "u") }
        #expect(index?.kind == .configuration && index?.native == "42P10")
    }

    @Test(
        "What libpq itself refuses is a configuration error, as no later attempt can do better",
        arguments: [
            "sslmode=verify_full", "target_session_attrs=some", "gssencmode=perhaps",
        ])
    func hopeless(_ option: String) async throws {
        let port = try FreePort.find()
        let database = try Database(on: Server(port: port))
        let error = try await failure("postgresql://sluice:secret@127.0.0.1:\(port)/\(database.name)?\(option)")
        #expect(error?.kind == .configuration, "\(error?.message ?? "")")
    }

    @Test("A password that is asked for and not given is a configuration error")
    func noPassword() async throws {
        let database = try Database()
        let error = try await failure("postgresql://sluice@/\(database.name)?host=\(database.server.folder)")
        #expect(error?.kind == .configuration && error?.message.contains("no password") == true)
    }

    @Test("A session's server notices a lost client within the time limit, unless the address says otherwise")
    func keepalives() throws {
        let port = try FreePort.find()
        let database = try Database(on: Server(port: port))
        let url = "postgresql://sluice:secret@127.0.0.1:\(port)/\(database.name)?gssencmode=disable"
        func shown(_ more: String) throws -> [String?] {
            let connection = try Database.connect(url + more)
            return try ["idle", "interval", "count"].map { try connection.run("SHOW tcp_keepalives_\($0)")[0][0] }
                + connection.run("SHOW tcp_user_timeout")[0]
        }
        #expect(try shown("") == ["30", "10", "3", "60000"])
        #expect(try shown("&options=-c%20tcp_keepalives_idle%3D77") == ["77", "10", "3", "60000"])
    }

    @Test("A host that is not there and one that never answers are tried again later")
    func unreachable() async throws {
        let absent = try await failure("host=/tmp/no-such-folder dbname=x")
        #expect(absent?.kind == .retriable)
        let silent = try SilentServer()
        let waiting = try await failure(
            "host=127.0.0.1 port=\(silent.port) dbname=x", ",\"connection.timeout.ms\":300")
        #expect(waiting?.kind == .retriable)
    }

    @Test("A host that never answers leaves the next of the list its share of the time", .timeLimit(.minutes(15)))
    func hostList() throws {
        let database = try Database()
        let proxy = try FaultProxy(to: database.socket)
        let silent = try SilentServer()
        let more = "user=sluice password=secret sslmode=disable gssencmode=disable"
        let hosts = [
            "host=127.0.0.1,127.0.0.1,127.0.0.1 port=\(silent.port),\(silent.port),\(proxy.port)",
            "host=a,b hostaddr=127.0.0.1,127.0.0.1 port=\(silent.port),\(proxy.port)",
            "host=127.0.0.1,\(database.server.folder) port=\(silent.port),5432",
            "host=127.0.0.1,/tmp/no-such-folder,127.0.0.1 port=\(silent.port),1,\(proxy.port)",
        ]
        for host in hosts {
            let url = Secret("\(host) dbname=\(database.name) \(more)")
            let settings = ConnectionSettings(url: url, user: nil, password: nil, timeout: .seconds(9))
            #expect(throws: Never.self) { try Connection(settings).run("SELECT 1") }
        }
        let url = Secret("host=127.0.0.1,127.0.0.1 port=\(silent.port),\(silent.port) \(more)")
        let none = ConnectionSettings(url: url, user: nil, password: nil, timeout: .milliseconds(300))
        let error = #expect(throws: ServerError.self) { try Connection(none) }
        #expect(error?.message.contains("no answer within") == true)
    }

    @Test(
        "Settings that cannot work are refused before anything runs, without showing the URL",
        arguments: [
            "\"connection.url\":\"hunter2\"", "\"connection.url\":\"postgresql://u:hunter2@h/d?nosuch=1\"",
            "\"connection.url\":\"host=h password=hunter2\",\"insert.mode\":\"upsert\"",
            "\"connection.url\":\"host=h password=hunter2\",\"pk.mode\":\"record_key\"",
            "\"connection.url\":\"host=h password=hunter2\",\"delete.enabled\":true",
            "\"connection.url\":\"host=h password=hunter2\",\"table.name.format\":\"a.b.c\"",
            "\"connection.url\":\"host=h password=hunter2\",\"table.name.format\":\"${date}\"",
            "\"connection.url\":\"postgresql://u:p@hunter2@db/x\"",
            "\"connection.url\":\"postgresql://u:hunter2/p@db/x\"",
            "\"connection.url\":\"postgresql://u:1/hunter2@db/x\"",
            "\"connection.url\":\"postgresql://u@s:hunter2@db/x\"",
            "\"connection.url\":\"host=h password=hunter2\",\"pk.fields\":\"id\"",
            "\"connection.url\":\"host=h password=hunter2\",\"field.types\":{\"a\":\"int); DROP TABLE t; --\"}",
        ])
    func badSettings(_ settings: String) throws {
        let problems = #expect(throws: ConfigProblems.self) {
            try ConfigValues(json: "{\(settings)}", definition: PostgresSink.definition.config)
        }
        #expect(problems?.description.contains("hunter2") == false)
    }

    @Test(
        "Where the rows are is told without the address",
        arguments: [("", "table *"), ("raw.${topic}", "table raw.*")])
    func place(_ table: String, _ place: String) throws {
        let setting = table.isEmpty ? "" : ",\"table.name.format\":\"\(table)\""
        let json = "{\"connection.url\":\"host=h password=hunter2\"\(setting)}"
        let values = try ConfigValues(json: json, definition: PostgresSink.definition.config)
        #expect(PostgresSink.definition.output?(values).place == place)
    }
}

/// Accepts connections, and says nothing.
private final class SilentServer {
    private let socket: Int32
    let port: UInt16

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = unsafe bind(socket, generic, length)
                _ = unsafe getsockname(socket, generic, &length)
            }
        }
        listen(socket, 8)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }
}
