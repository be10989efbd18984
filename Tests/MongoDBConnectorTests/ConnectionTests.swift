import CMongo
import ConnectorKit
import Foundation
import Glibc
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB connections", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct ConnectionTests {
    private func failure(_ uri: String, _ more: String = "") async throws -> ConnectorError? {
        let json = "{\"connection.uri\":\"\(uri)\",\"database\":\"test\"\(more)}"
        let values = try ConfigValues(json: json, definition: MongoDBSink.definition.config)
        do {
            _ = try await MongoDBSink.definition.make().start(SinkContext(config: values))
            return nil
        } catch let error as ConnectorError {
            return error
        }
    }

    @Test("Wrong passwords, users and missing permissions are configuration errors, and show no secret")
    func refused() async throws {
        let server = try Server(["--user", "sluice:secret"])
        let host = "127.0.0.1:\(server.port)"
        for login in ["sluice:hunter2", "nobody:hunter2"] {
            let error = try await failure("mongodb://\(login)@\(host)/?authSource=admin")
            #expect(error?.kind == .configuration, "\(error?.message ?? "")")
            #expect(error?.message.contains("hunter2") == false)
        }
        let anonymous = try await failure("mongodb://\(host)/")
        #expect(anonymous?.kind == .configuration && anonymous?.native == "13")
        #expect(try await failure("mongodb://sluice:secret@\(host)/?authSource=admin") == nil)
        let reader = try await failure("mongodb://reader:secret@\(host)/?authSource=admin")
        #expect(reader?.kind == .configuration && reader?.native == "13")
    }

    @Test("A certificate that nobody vouches for is a configuration error, and TLS on one side only an error in time")
    func tls() async throws {
        let certificate = StandIn.folder + "/loopback-cert.pem"
        let server = try Server(["--tls", certificate, StandIn.folder + "/loopback-key.pem"])
        let host = "127.0.0.1:\(server.port)"
        #expect(try await failure("mongodb://\(host)/?tls=true&tlsCAFile=\(certificate)") == nil)
        let unknown = try await failure("mongodb://\(host)/?tls=true")
        #expect(unknown?.kind == .configuration, "\(unknown?.message ?? "")")
        // This server takes a TLS greeting for the length of a message, and waits for the rest.
        let quick = ",\"connection.timeout.ms\":1000"
        let plain = try Server.shared.get()
        #expect(try await failure("mongodb://127.0.0.1:\(plain.port)/?tls=true", quick)?.kind == .retriable)
        #expect(try await failure("mongodb://\(host)/", quick) != nil)
    }

    @Test(
        "A handshake that was cut off is tried again later, and one that cannot succeed is a configuration error",
        arguments: [
            ("Connection reset by peer", ServerError.Meaning.busy), ("Connection timed out", .busy),
            ("error:0A000126:SSL routines::unexpected eof while reading", .busy),
            ("error:0A00010B:SSL routines::wrong version number", .configuration),
            ("error:0A000410:SSL routines::sslv3 alert handshake failure", .configuration),
            ("certificate verify failed (18): self-signed certificate", .configuration),
        ])
    func handshakes(_ reason: String, _ meaning: ServerError.Meaning) {
        var error = bson_error_t()
        error.domain = UInt32(MONGOC_ERROR_SERVER_SELECTION.rawValue)
        let text = "No suitable servers found: [TLS handshake failed: \(reason) calling hello on '127.0.0.1:1']"
        unsafe withUnsafeMutableBytes(of: &error.message) { unsafe $0.copyBytes(from: text.utf8) }
        #expect(ServerError(error, reply: nil).meaning == meaning)
    }

    @Test("What is read for exactness comes from the primary, whatever readPreference says")
    func readPreference() async throws {
        let database = try Database()
        let uri = "mongodb://127.0.0.1:\(database.server.port)/?replicaSet=secantus&readPreference=secondary"
        let run = try await SinkRun(database, "\"connection.timeout.ms\":1000", uri: uri)
        #expect(run.stored == [])
    }

    @Test("A transaction is committed with the write concern of the address")
    func writeConcern() async throws {
        let database = try Database()
        let uri = "mongodb://127.0.0.1:\(database.server.port)/?w=3&wtimeoutMS=200"
        let run = try await SinkRun(database, uri: uri)
        try await run.put(["{\"n\":1}"], at: 1)
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.native == "100", "\(error?.message ?? "")")
    }

    @Test("A server without transactions is refused at the start and by validate alike")
    func checkedAlike() async throws {
        let database = try Database(on: Server(["--standalone"]))
        for (strategy, isGood) in [("object_id", false), ("value_hash", true)] {
            let json =
                "{\"connection.uri\":\"\(database.server.uri)\",\"database\":\"\(database.name)\","
                + "\"document.id.strategy\":\"\(strategy)\",\"exactly.once.support\":\"required\"}"
            let values = try ConfigValues(json: json, definition: MongoDBSink.definition.config)
            if isGood {
                try await MongoDBSink.check(values)
            } else {
                await #expect(throws: ConnectorError.self) { try await MongoDBSink.check(values) }
            }
        }
    }

    @Test("A host that is not there and one that never answers are tried again later")
    func unreachable() async throws {
        let quick = ",\"connection.timeout.ms\":300"
        #expect(try await failure("mongodb://127.0.0.1:1/", quick)?.kind == .retriable)
        #expect(try await failure("mongodb://nowhere.invalid/", quick)?.kind == .retriable)
        let silent = try SilentServer()
        #expect(try await failure("mongodb://127.0.0.1:\(silent.port)/", quick)?.kind == .retriable)
        #expect(try await failure("mongodb://127.0.0.1:\(silent.port)/?tls=true", quick)?.kind == .retriable)
    }

    @Test("A server that stops answering in the middle is an error in time, and nothing is lost", arguments: bothWays)
    func freezes(_ way: String) async throws {
        let server = try Server()
        let database = try Database(on: server)
        let run = try await SinkRun(
            database, "\"document.id.strategy\":\"provided_in_value\",\"connection.timeout.ms\":5000," + way)
        try await run.put(["{\"_id\":1}"], at: 1)
        server.freeze()
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"_id\":2}"], at: 2) }
        #expect(error?.kind == .retriable)
        server.thaw()
        _ = try await eventually { try await run.put(["{\"_id\":2}"], at: 2) }
        try await run.flush()
        #expect(try database.count("t") == 2)
    }

    @Test(
        "Settings that cannot work are refused before anything runs, without showing the address",
        arguments: [
            "\"connection.uri\":\"hunter2\"", "\"connection.uri\":\"mongodb://u:hunter2@\"",
            "\"connection.uri\":\"mongodb://u:hunter2@h/?w=0\"", "\"database\":\"a b\"", "\"database\":\"\"",
            "\"writemodel.strategy\":\"upsert\"", "\"writemodel.strategy\":\"update\"",
            "\"delete.on.null.values\":true", "\"collection\":\"${date}\"", "\"collection\":\"a$b\"",
            "\"collection\":\"\"",
            "\"collection\":\"${field:a\"", "\"field.types\":{\"a\":\"day\"}", "\"field.types\":{\"\":\"date\"}",
            "\"timeseries.metafield\":\"m\"", "\"timeseries.timefield\":\"a.b\"",
            "\"timeseries.timefield\":\"t\",\"exactly.once.support\":\"required\"", "\"max.batch.size\":-1",
        ])
    func badSettings(_ settings: String) throws {
        let uri = settings.contains("connection.uri") ? "" : "\"connection.uri\":\"mongodb://u:hunter2@h/\","
        let database = settings.contains("\"database\"") ? "" : "\"database\":\"d\","
        let problems = #expect(throws: ConfigProblems.self) {
            try ConfigValues(json: "{\(uri)\(database)\(settings)}", definition: MongoDBSink.definition.config)
        }
        #expect(problems?.description.contains("hunter2") == false)
    }

    @Test("Where the documents are is told without the address", arguments: ["a", "raw_${topic}"])
    func place(_ collection: String) throws {
        let json = """
            {"connection.uri":"mongodb://u:hunter2@h/","database":"d","collection":"\(collection)"}
            """
        let values = try ConfigValues(json: json, definition: MongoDBSink.definition.config)
        let name = collection == "a" ? "a" : "raw_*"
        #expect(MongoDBSink.definition.output?(values).place == "collection \(name) of database d")
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
