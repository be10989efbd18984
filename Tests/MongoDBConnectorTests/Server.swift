import CMongo
import ConnectorKit
import ConnectorTestKit
import Foundation
import Glibc
import Synchronization
import TestSupport

@testable import MongoDBConnector

/// A MongoDB server on a loopback port of its own choosing.
final class Server: @unchecked Sendable {
    // `@unchecked`: set up in `init`; a restart is asked for by one test at a time.
    static let python = URL(fileURLWithPath: StandIn.folder).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/test-servers/venv/bin/python").path
    static let isAvailable = FileManager.default.isExecutableFile(atPath: python)
    static let absence = "needs SecantusDB; scripts/setup --tests installs it"
    static let shared = Result { try Server() }

    private let folder = "/tmp/sluice-mongodb-\(UUID().uuidString)"
    private let arguments: [String]
    private var process = Process()
    private(set) var port = 0
    /// How often it came back.
    private(set) var returns = 0

    struct StartError: Error {}

    init(_ arguments: [String] = []) throws {
        self.arguments = arguments + ["--folder", folder]
        try start([])
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Ends it as a crash does; ``comeBack()`` starts it again on the same port with the same data.
    func crash() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func comeBack() throws {
        try start(["--port", String(port)])
        returns += 1
    }

    /// Stops and lets go on: meanwhile it accepts connections, and never answers.
    func freeze() {
        kill(process.processIdentifier, SIGSTOP)
        while !threadStates.allSatisfy({ $0 == "T" }) { sched_yield() }
    }

    func thaw() { kill(process.processIdentifier, SIGCONT) }

    /// As `/proc/<pid>/task/<tid>/stat` has them, behind the name in brackets.
    private var threadStates: [Character] {
        let folder = "/proc/\(process.processIdentifier)/task"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { thread in
            guard let stat = try? String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8) else {
                return nil
            }
            return stat.split(separator: ")").last?.first { $0 != " " }
        }
    }

    var uri: String { "mongodb://127.0.0.1:\(port)/" }

    private func start(_ more: [String]) throws {
        let output = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = ["-B", StandIn.folder + "/mongodb_server.py"] + arguments + more
        process.standardInput = Pipe()
        process.standardOutput = output
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { throw StartError() }
            line.append(piece)
        }
        port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
}

/// A database of a test's own.
final class Database {
    private static let number = Atomic<Int>(0)
    let server: Server
    let name: String
    private let uri: String
    private var client: Client
    private var returns: Int

    /// - Parameter server: nil for the shared one.
    init(on server: Server? = nil, uri: String? = nil) throws {
        self.server = try server ?? Server.shared.get()
        name = "test\(Self.number.add(1, ordering: .relaxed).newValue)"
        self.uri = uri ?? self.server.uri
        returns = self.server.returns
        client = try Self.connect(self.uri, name)
    }

    private static func connect(_ uri: String, _ name: String) throws -> Client {
        try Client(ConnectionSettings(uri: Secret(uri), timeout: .seconds(60), database: name))
    }

    /// Looks at the database from outside of the connector; connects anew to a server that came back, since the first command
    /// on a connection from before would fail.
    var observer: Client {
        get throws {
            if returns != server.returns {
                client = try Self.connect(uri, name)
                returns = server.returns
            }
            return client
        }
    }

    /// Runs a command given as extended JSON.
    @discardableResult
    func run(_ json: String, on database: String? = nil) throws -> BSONDocument {
        var command = BSONWriter()
        unsafe try bson(json).withUnsafeBytes { unsafe command.put($0) }
        return try observer.run(command, .plain, on: database)
    }

    /// The documents of a collection as canonical extended JSON, in the order of `_id`.
    func documents(_ collection: String, _ filter: String = "{}") throws -> [String] {
        var found: [String] = []
        let options = try bson(#"{"sort":{"_id":1}}"#)
        try observer.find(collection, bson(filter), options: options) { document throws(ServerError) in
            found.append(extendedJSON(Array(document.bytes)))
        }
        return found
    }

    func count(_ collection: String, _ filter: String = "{}") throws -> Int {
        var count = 0
        try observer.find(collection, bson(filter), options: bson(#"{"projection":{"_id":1}}"#)) {
            (_) throws(ServerError) in count += 1
        }
        return count
    }

    /// The server works again.
    func mend() throws { try run(#"{"configureFailPoint":"failCommand","mode":"off"}"#, on: "admin") }

    /// The server fails commands of these names, once it has run some.
    func fail(_ commands: String, _ data: String, times: Int = 1, after: Int = 0) throws {
        try run(
            #"{"configureFailPoint":"failCommand","mode":{"skip":\#(after),"times":\#(times)},"data":{"failCommands":["#
                + commands.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",") + "],\(data)}}",
            on: "admin")
    }
}

struct NoBSON: Error {}

func bson(_ json: String) throws -> [UInt8] {
    var error = bson_error_t()
    guard let document = unsafe bson_new_from_json(json, -1, &error), let data = unsafe bson_get_data(document) else {
        throw NoBSON()
    }
    defer { unsafe bson_destroy(document) }
    return unsafe Array(UnsafeBufferPointer(start: data, count: sluice_mongo_size(document)))
}

func extendedJSON(_ bytes: [UInt8]) -> String {
    guard let document = unsafe bson_new_from_data(bytes, bytes.count) else { return "no BSON" }
    defer { unsafe bson_destroy(document) }
    guard let text = unsafe bson_as_canonical_extended_json(document, nil) else { return "no BSON" }
    defer { unsafe bson_free(text) }
    return unsafe String(cString: text)
}

/// A started sink, driven as the worker does.
final class SinkRun {
    let sink = MongoDBSink.definition.make()
    let log = LogRecorder()
    private(set) var stored: [Position]?

    init(
        _ database: Database, _ settings: String = "", pipeline: String = "p", uri: String? = nil,
        task: TaskSlot = TaskSlot(), claimsPartitions: Bool = false, group: ConsumerGroup = ConsumerGroup()
    ) async throws {
        let json =
            "{\"connection.uri\":\"\(uri ?? database.server.uri)\",\"database\":\"\(database.name)\""
            + "\(settings.isEmpty ? "" : ",")\(settings)}"
        let values = try ConfigValues(json: json, definition: MongoDBSink.definition.config)
        stored = try await sink.start(
            SinkContext(
                config: values, pipeline: pipeline, task: task, claimsPartitions: claimsPartitions, group: group,
                log: log.log))
    }

    /// Has the sink take over the partitions of these files.
    func claim(_ files: String...) async throws -> [Position] {
        try await sink.claim(files.map { ["file": .string($0)] })
    }

    /// Puts records given as JSON values, a position marked behind them; gives what became of them.
    @discardableResult
    func put(
        _ values: [String], keys: [String] = [], topic: String? = "t", at offset: Int64? = nil,
        offsets: [Int64] = [], rejecting: Int? = nil, schema: String? = nil
    ) async throws -> PutReport {
        var batch = RecordBatch()
        for (index, value) in values.enumerated() {
            try append(value, key: keys.isEmpty ? nil : keys[index], topic, schema, to: &batch)
            if !offsets.isEmpty {
                try batch.edit(at: index) { record in
                    record.partition = 0
                    record.offset = offsets[index]
                }
            }
        }
        if let offset { batch.mark(Position(partition: ["file": "a"], offset: ["line": .int(offset)])) }
        if let rejecting {
            batch.reject(rejecting, Rejection(recordIndex: rejecting, stage: .transformation, error: .rejected("bad")))
        }
        var report = PutReport()
        try await sink.put(batch, report: &report)
        return report
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

/// Tries what a server that comes back takes again only after a while, as the worker does with growing pauses.
func eventually<R>(_ body: () async throws -> R) async throws -> R {
    for _ in 0..<200 {
        do {
            return try await body()
        } catch let error as ConnectorError where error.kind == .retriable {
            usleep(100_000)
        }
    }
    return try await body()
}
