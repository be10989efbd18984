import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "A proxy that fails on demand", .ownThread, .serialized, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct FaultProxyTests {
    private func connect(
        _ database: Database, _ proxy: FaultProxy, timeout: Duration = .seconds(60)
    ) throws -> Connection {
        try Connection(
            ConnectionSettings(url: Secret(database.url(through: proxy)), user: nil, password: nil, timeout: timeout))
    }

    @Test("Bytes pass unchanged in both directions, and are counted")
    func passes() throws {
        let database = try Database()
        let proxy = try FaultProxy(to: database.socket)
        let connection = try connect(database, proxy)
        let text = String(repeating: "0123456789", count: 100_000)
        #expect(try connection.run("SELECT $1", [text]) == [[text]])
        #expect(proxy.bytes(.toServer) > 1_000_000 && proxy.bytes(.toClient) > 1_000_000)
        #expect(proxy.accepted == 1)
    }

    @Test("A cut lets so many bytes pass and no more, once", arguments: [FaultProxy.Direction.toServer, .toClient])
    func cut(_ direction: FaultProxy.Direction) throws {
        let database = try Database()
        let proxy = try FaultProxy(to: database.socket)
        let connection = try connect(database, proxy)
        let before = proxy.bytes(direction)
        proxy.inject(.cut(afterBytes: 100_000, direction))
        let text = String(repeating: "0123456789", count: 100_000)
        let error = #expect(throws: ServerError.self) { try connection.run("SELECT $1", [text]) }
        #expect(error?.meaning == .lost)
        #expect(proxy.bytes(direction) == before + 100_000 && proxy.cuts == 1)
        #expect(try connect(database, proxy).run("SELECT 1") == [["1"]])
    }

    @Test("A COMMIT whose answer is lost has happened, once")
    func losesAnswer() throws {
        let database = try Database()
        let proxy = try FaultProxy(to: database.socket)
        let connection = try connect(database, proxy)
        try connection.run("BEGIN")
        proxy.inject(.loseAnswer(to: "COMMIT\0"))
        try connection.run("CREATE TABLE t ()")
        let error = #expect(throws: ServerError.self) { try connection.run("COMMIT") }
        #expect(error?.meaning == .lost)
        #expect(proxy.cuts == 1)
        #expect(try connect(database, proxy).run("SELECT count(*) FROM t") == [["0"]])
    }

    @Test("Refusing resets what is open and what comes, until it is healed; the port stays")
    func refuses() throws {
        let database = try Database()
        let proxy = try FaultProxy(to: database.socket)
        let connection = try connect(database, proxy)
        proxy.inject(.refuse)
        #expect(throws: ServerError.self) { try connection.run("SELECT 1") }
        let error = #expect(throws: ServerError.self) { try connect(database, proxy) }
        #expect(error?.message.contains("refused") == true)
        proxy.heal()
        #expect(try connect(database, proxy).run("SELECT 1") == [["1"]])
    }

    @Test("Silence keeps connections open and passes nothing; a delay passes all of it later")
    func silent() throws {
        let database = try Database()
        let proxy = try FaultProxy(to: database.socket)
        let connection = try connect(database, proxy, timeout: .seconds(5))
        proxy.inject(.silence)
        let error = #expect(throws: ServerError.self) { try connection.run("SELECT 1") }
        #expect(error?.message.contains("no answer within") == true)
        #expect(throws: ServerError.self) { try connect(database, proxy, timeout: .milliseconds(300)) }
        proxy.inject(.delay(.milliseconds(20)))
        #expect(try connect(database, proxy).run("SELECT 1") == [["1"]])
        proxy.cutAll()
        #expect(throws: ServerError.self) { try connection.run("SELECT 1") }
    }
}
