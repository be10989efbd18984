import ConnectorKit
import Foundation
import Synchronization
import TestSupport

@testable import PostgresConnector

/// The PostgreSQL server that all tests of this target share, each with a database of its own.
final class Server: @unchecked Sendable {
    // `@unchecked`: set up in `init`; the restart takes its pipes one caller at a time.
    static let isAvailable =
        (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))?.isEmpty == false
    static let absence = "needs a PostgreSQL server; install it with: apt-get install postgresql"
    static let shared = Result { try Server() }

    let folder: String
    let port: UInt16
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    struct StartError: Error {}

    /// - Parameter port: Where it listens on 127.0.0.1 besides its socket; nil nowhere.
    init(port: UInt16? = nil) throws {
        self.port = port ?? 5432
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [StandIn.folder + "/postgres_server.sh"] + (port.map { [String($0)] } ?? [])
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        folder = Self.line(of: output)
        if folder.isEmpty { throw StartError() }
    }

    /// Stops the server as a crash does and starts it again.
    func restart() {
        input.fileHandleForWriting.write(Data("restart\n".utf8))
        _ = Self.line(of: output)
    }

    private static func line(of pipe: Pipe) -> String {
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let piece = pipe.fileHandleForReading.availableData
            if piece.isEmpty { return "" }
            line.append(piece)
        }
        return String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Programs that tests need besides the server.
enum Program {
    /// Whether it ran and ended well.
    static func run(_ words: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// A database of a test's own.
final class Database {
    private static let number = Atomic<Int>(0)
    let server: Server
    let name: String
    /// Looks at the database from outside of the sink.
    let observer: Connection

    /// - Parameter server: nil for the shared one.
    init(on server: Server? = nil) throws {
        self.server = try server ?? Server.shared.get()
        name = "test\(Self.number.add(1, ordering: .relaxed).newValue)"
        let place = "host=\(self.server.folder)&port=\(self.server.port)"
        let creator = try Self.connect("postgresql://sluice:secret@/postgres?\(place)")
        try creator.run("CREATE DATABASE \(name)")
        observer = try Self.connect("postgresql://sluice:secret@/\(name)?\(place)")
    }

    var url: String { "postgresql://sluice:secret@/\(name)?host=\(server.folder)&port=\(server.port)" }

    /// Leads to this database by way of a proxy, which forwards to ``socket``.
    func url(through proxy: FaultProxy) -> String {
        "postgresql://sluice:secret@127.0.0.1:\(proxy.port)/\(name)?sslmode=disable&gssencmode=disable"
    }

    /// Where the server listens.
    var socket: FaultProxy.Target { .path("\(server.folder)/.s.PGSQL.\(server.port)") }

    @discardableResult
    func run(_ sql: String) throws -> [[String?]] { try observer.run(sql) }

    /// The first value of the first row.
    func value(_ sql: String) throws -> String? { try observer.run(sql).first?.first ?? nil }

    /// Ends the sessions of the sink, as a failing network or an operator does.
    func cutConnections() throws {
        try run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE datname = '\(name)' AND pid <> pg_backend_pid()")
    }

    static func connect(_ url: String) throws -> Connection {
        try Connection(ConnectionSettings(url: Secret(url), user: nil, password: nil, timeout: .seconds(60)))
    }
}

/// A started sink, driven as the worker does.
final class SinkRun {
    let sink = PostgresSink.definition.make()
    private(set) var stored: [Position] = []
    /// Batches that the last ``put(batches:afterPutting:)`` left under way.
    private(set) var leftUnderWay = 0

    /// - Parameter url: nil for the database's own.
    init(
        _ database: Database, _ settings: String = "", pipeline: String = "p", url: String? = nil,
        stop: StopSignal = StopSignal(), task: TaskSlot = TaskSlot(), claimsPartitions: Bool = false,
        group: ConsumerGroup = ConsumerGroup(), log: Log = .silent
    ) async throws {
        let json = "{\"connection.url\":\"\(url ?? database.url)\"\(settings.isEmpty ? "" : ",")\(settings)}"
        let values = try ConfigValues(json: json, definition: PostgresSink.definition.config)
        stored =
            try await sink.start(
                SinkContext(
                    config: values, pipeline: pipeline, task: task, claimsPartitions: claimsPartitions, group: group,
                    stop: stop,
                    log: log))
            ?? []
    }

    /// Has the sink take over the partitions of these files.
    func claim(_ files: String...) async throws -> [Position] {
        try await sink.claim(files.map { ["file": .string($0)] })
    }

    /// Puts records given as JSON values, a position marked behind them; gives what became of them.
    ///
    /// - Parameters:
    ///   - schema: The schema of all of them, as JSON.
    ///   - first: The first one's offset in partition 0 of its topic.
    @discardableResult
    func put(
        _ values: [String], keys: [String] = [], topic: String? = "t", at offset: Int64? = nil,
        of file: String = "a", schema: String? = nil, from first: Int64? = nil
    ) async throws -> PutReport {
        try await put(
            makeBatch(values, keys: keys, topic: topic, at: offset, of: file, schema: schema, from: first))
    }

    /// Puts records as several batches, and only then asks what became of each, as the worker does while it is behind.
    @discardableResult
    func put(batches: [[String]], afterPutting: () throws -> Void = {}) async throws -> [PutReport] {
        var isUnderWay: [Bool] = []
        var reports: [PutReport] = []
        for values in batches {
            var report = PutReport()
            try await sink.put(try makeBatch(values), report: &report)
            isUnderWay.append(report.isUnderWay)
            reports.append(report)
        }
        leftUnderWay = isUnderWay.count { $0 }
        try afterPutting()
        for (index, values) in batches.enumerated() where isUnderWay[index] {
            var report = PutReport()
            _ = try await sink.settle(try makeBatch(values), report: &report, waiting: true)
            reports[index] = report
        }
        return reports
    }

    /// Puts records of several topics as one batch.
    @discardableResult
    func put(_ values: [(topic: String, value: String)]) async throws -> PutReport {
        var batch = RecordBatch()
        for (topic, value) in values { try append(value, key: nil, topic, nil, to: &batch) }
        return try await put(batch)
    }

    private func put(_ batch: borrowing RecordBatch) async throws -> PutReport {
        var report = PutReport()
        try await sink.put(batch, report: &report)
        guard report.isUnderWay else { return report }
        report = PutReport()
        _ = try await sink.settle(batch, report: &report, waiting: true)
        return report
    }

    private func makeBatch(
        _ values: [String], keys: [String] = [], topic: String? = "t", at offset: Int64? = nil,
        of file: String = "a", schema: String? = nil, from first: Int64? = nil
    ) throws -> RecordBatch {
        var batch = RecordBatch()
        for (index, value) in values.enumerated() {
            try append(value, key: keys.isEmpty ? nil : keys[index], topic, schema, to: &batch)
            guard let first else { continue }
            try batch.edit(at: index) { record in
                record.partition = 0
                record.offset = first + Int64(index)
            }
        }
        if let offset { batch.mark(Position(partition: ["file": .string(file)], offset: ["line": .int(offset)])) }
        return batch
    }

    func flush() async throws { try await sink.flush() }
    func stop() async throws { try await sink.stop() }

    private func append(
        _ value: String, key: String?, _ topic: String?, _ schema: String?, to batch: inout RecordBatch
    ) throws {
        let bytes = Array("{\"key\":\(key ?? "null"),\"schema\":\(schema ?? "null"),\"value\":\(value)}".utf8)
        let range = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        _ = try reader.read(range, as: .single, into: &batch)
        try batch.edit(at: batch.count - 1) { record in
            record.topic = topic
            if key != nil { record.setKey(copyOf: record.record["key"]) }
            let described = record.record["schema"]
            record.setValue(copyOf: record.record["value"])
            if schema != nil { try record.take(schema: described) }
        }
    }
}
