import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL over TLS", .ownThread, .serialized, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .enabled(if: Certificate.isPossible, "needs openssl on PATH for its certificates"), .timeLimit(.minutes(15)))
struct TLSTests {
    private func start(_ database: Database, port: UInt16, _ more: String) async throws {
        let url = "postgresql://sluice:secret@127.0.0.1:\(port)/\(database.name)?gssencmode=disable&\(more)"
        try await SinkRun(database, url: url).stop()
    }

    @Test("A server without TLS where TLS is required is a configuration error")
    func absent() async throws {
        let port = try FreePort.find()
        let database = try Database(on: Server(port: port))
        let error = await #expect(throws: ConnectorError.self) {
            try await start(database, port: port, "sslmode=require")
        }
        #expect(error?.kind == .configuration && error?.message.contains("SSL") == true)
        try await start(database, port: port, "sslmode=prefer")
    }

    @Test("A certificate of another authority is a configuration error, of the right one it is taken")
    func wrongAuthority() async throws {
        let folder = TemporaryDirectory()
        let own = try Certificate("server", in: folder)
        let other = try Certificate("other", in: folder)
        let port = try FreePort.find()
        let database = try Database(on: Server(port: port))
        try own.install(on: database)
        let error = await #expect(throws: ConnectorError.self) {
            try await start(database, port: port, "sslmode=verify-ca&sslrootcert=\(other.path)")
        }
        #expect(error?.kind == .configuration && error?.message.contains("certificate verify failed") == true)
        let missing = await #expect(throws: ConnectorError.self) {
            try await start(database, port: port, "sslmode=verify-ca&sslrootcert=\(folder("none"))")
        }
        #expect(missing?.kind == .configuration)
        let unreadable = await #expect(throws: ConnectorError.self) {
            try await start(
                database, port: port,
                "sslmode=verify-ca&sslrootcert=\(own.path)&sslcert=\(own.path)&sslkey=\(folder("none"))")
        }
        #expect(unreadable?.kind == .configuration, "\(unreadable?.message ?? "")")
        try await start(database, port: port, "sslmode=verify-ca&sslrootcert=\(own.path)")
    }
}

/// A certificate that signs itself.
private struct Certificate {
    static let isPossible = Program.run("openssl", "version")

    let path: String
    private let key: String

    init(_ name: String, in folder: TemporaryDirectory) throws {
        path = folder("\(name).crt")
        key = folder("\(name).key")
        let isMade = Program.run(
            "openssl", "req", "-new", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=\(name)",
            "-keyout", key, "-out", path)
        guard isMade else { throw Server.StartError() }
    }

    func install(on database: Database) throws {
        let folder = database.server.folder
        for (from, to) in [(path, "server.crt"), (key, "server.key")] {
            let target = "\(folder)/data/\(to)"
            guard Program.run("cp", from, target), Program.run("chown", "--reference", folder, target),
                Program.run("chmod", "600", target)
            else { throw Server.StartError() }
        }
        try database.run("ALTER SYSTEM SET ssl = on")
        database.server.restart()
    }
}
