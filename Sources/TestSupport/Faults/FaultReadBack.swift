import Foundation

/// Reads what a sink holds with clients that share nothing with Sluice.
struct FaultReadBack {
    let ground: FaultGround
    let sink: FaultSink
    let run: String
    let folder: URL
    private var counter: FaultTool?

    init(_ sink: FaultSink, _ run: String, on ground: FaultGround, in folder: URL) {
        self.ground = ground
        self.sink = sink
        self.run = run
        self.folder = folder
    }

    /// To be called before ``count()``, when the sink's place is there.
    mutating func startCounting() throws {
        switch sink {
        case .mongodb: counter = try FaultTool("fault_documents", [ground.documentsURI(), run, "count"])
        case .kafka, .kafkaPlain: counter = try FaultTool("fault_topic", [ground.kafka.servers, "count", "\(run)-out"])
        case .postgres, .file: break
        }
    }

    /// Every record that others can see, as ``FaultRecords`` takes them.
    ///
    /// - Parameter unfinished: Whether those in unfinished files count too, whose last line may be half written.
    func lines(unfinished: Bool = false) throws -> [Substring] {
        switch sink {
        case .postgres:
            try query(
                "SELECT 0, n, k, s, p, t, (extract(epoch FROM at) * 1000)::bigint FROM t ORDER BY id"
            ).split(separator: "\n")
        case .mongodb: try ground.documents(run).split(separator: "\n")
        case .kafka, .kafkaPlain: try ground.topic("read", "\(run)-out").split(separator: "\n")
        case .file: try files(hidden: unfinished).flatMap(records)
        }
    }

    /// How many records there are, those in unfinished files with them.
    func count() throws -> Int {
        switch sink {
        case .postgres: Int(try query("SELECT count(*) FROM t")) ?? 0
        case .mongodb, .kafka, .kafkaPlain: counter?.lastLine.flatMap { Int($0) } ?? 0
        case .file: try files(hidden: true).reduce(0) { try $0 + lineCount($1) }
        }
    }

    /// Records in files that nobody finished.
    func unfinished() throws -> Int {
        guard sink == .file else { return 0 }
        return try files(hidden: true).filter(isHidden).reduce(0) { try $0 + lineCount($1) }
    }

    private func query(_ sql: String) throws -> String {
        try Shell.run("psql -XAtq '\(ground.maintenance(run))' -c \"\(sql)\"", in: folder)
    }

    private func isHidden(_ file: URL) -> Bool { file.pathExtension == "part" }

    private func files(hidden: Bool) throws -> [URL] {
        let all = (0..<FaultGround.members).map { folder.appendingPathComponent("member-\($0)/out") }
            .flatMap { (try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)) ?? [] }
        return all.filter { $0.pathExtension == "ndjson" || hidden && isHidden($0) }
            .sorted { $0.path < $1.path }
    }

    private func lineCount(_ file: URL) throws -> Int {
        // A file may be given its name in between.
        (try? Data(contentsOf: file))?.count { $0 == UInt8(ascii: "\n") } ?? 0
    }

    private func records(in file: URL) throws -> [Substring] {
        struct Value: Decodable {
            let n: Int, k: String, s: Int, p: Int, t: Int
        }
        let lane = "\(file.deletingLastPathComponent().path)/\(file.lastPathComponent)"
        let decoder = JSONDecoder()
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            guard let value = try? decoder.decode(Value.self, from: Data(line.utf8)) else { return line }
            return "\(lane)|\(value.n)|\(value.k)|\(value.s)|\(value.p)|\(value.t)"[...]
        }
    }
}
