import ConnectorKit
import Formats
import Glibc

/// Writes records to files that appear whole; what was flushed survives any crash, and nothing is written twice.
final class FileSink: Sink {
    static let definition = SinkDefinition(
        "file",
        documentation: """
            Writes NDJSON, JSON arrays, CSV or lines to files that appear whole, compressed or not, exactly once.

            A file is written under a hidden name in its folder and gets its own name when it is full (`rotate.*`), when the \
            time in its name has passed, or when the pipeline ends. A hidden folder in the directory above the first \
            placeholder of `path` (`.sluice+….state`), which all tasks share, holds the committed length of each unfinished \
            file, its owner, and the positions they reach, so that after a crash the files are cut back and reading goes on \
            where they end. To read everything again, delete that folder too. When the disk fails to store what was written, \
            the task starts again and writes the records since the last commit anew.

            What a killed task left is continued or finished by the next start of the task, by the first task when there are \
            fewer, and by any other worker of a Kafka consumer group when it is given partitions. A task whose partition \
            another has taken over cannot commit, whatever it has written; one that was stopped in the middle of a commit \
            holds the others up for a second at most. The tasks of several workers must see the same folder, with working \
            `flock` locks.
            """,
        config: SinkConfig.definition,
        classes: [
            ConnectClass("FileStreamSink", renamed: ["file": "path"], implied: ["append": "true", "format": "lines"])
        ],
        waitsOnIO: false, storesPositionsLocally: true, output: { SinkConfig.output($0) },
        check: { try checkWritable(try SinkConfig($0).template.root) },
        make: { FileSink() })

    /// Looks whether the directory, or the nearest above it that exists, can be written into.
    private static func checkWritable(_ directory: String) throws(ConnectorError) {
        if unsafe access(directory, W_OK | X_OK) == 0 { return }
        guard errno == ENOENT, FileSystem.parent(of: directory) != directory else {
            throw FileFailure("write into", directory, errno: errno).connectorError
        }
        try checkWritable(FileSystem.parent(of: directory))
    }

    private var lock: SinkLock?
    private var recovery: Recovery?
    private var outputs: OutputSet?
    private var appended: AppendedFiles?
    private var encoder: RecordEncoder?
    private var config: SinkConfig?

    func start(_ context: SinkContext) async throws -> [Position]? {
        let config = try SinkConfig(context.config)
        if config.appends { return try startAppending(config, context) }
        if context.task.count > 1 && !config.template.namesTask {
            throw ConnectorError.configuration(
                "\(context.task.count) tasks would write the same file: put ${task} into path, or set tasks.max to 1")
        }
        let names = SinkNames(directory: config.template.root, pipeline: context.pipeline, sink: context.name)
        let succession = Succession(context)
        do throws(FileFailure) { try FileSystem.makeDirectory(names.directory) } catch { throw error.connectorError }
        lock = try SinkLock(names, succession.owner.id)
        let recovery = Recovery(
            names: names, shared: SharedState(names, succession.owner), succession: succession)
        let start = try recovery.recover()
        outputs = try OutputSet(
            config, names: names, succession: succession, clock: context.clock, shared: recovery.shared, start: start)
        encoder = try RecordEncoder(config)
        self.config = config
        self.recovery = recovery
        if context.claimsPartitions { return [] }
        return start.state.positions.compactMap { partition, reached in
            reached.offset.map { Position(partition: partition, offset: $0) }
        }
    }

    /// What is appended is seen by all at once, and no position is stored with it.
    private func startAppending(_ config: SinkConfig, _ context: SinkContext) throws -> [Position]? {
        do throws(FileFailure) { try FileSystem.makeDirectory(config.template.root) } catch {
            throw error.connectorError
        }
        appended = AppendedFiles(config, task: context.task.index, clock: context.clock)
        encoder = try RecordEncoder(config)
        self.config = config
        return nil
    }

    func claim(_ partitions: [PositionFields]) async throws -> [Position] {
        guard let outputs, let recovery else { throw ConnectorError.fatal("the file sink was used before its start") }
        return try outputs.claim(partitions, recovery)
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        if let appended, let encoder { return try appended.put(batch, by: encoder, report: &report) }
        guard let outputs, let config else { throw ConnectorError.fatal("the file sink was used before its start") }
        try outputs.makeRoom()
        outputs.finishOld()
        if batch.deliverableCount > 0 { try write(batch, outputs, config) }
        for mark in batch.marks { outputs.move(to: mark.position) }
    }

    func flush() async throws {
        try appended?.flush()
        try outputs?.flush()
    }

    func stop() async throws {
        defer { lock.take()?.release() }
        guard let outputs else { return }
        self.outputs = nil
        if outputs.hasUnflushed { return outputs.abandon() }
        do {
            try outputs.finishAll()
        } catch {
            throw ConnectorError.fatal(
                "the last files did not get their names, which the next start gives them: \(error)")
        }
    }

    private func write(_ batch: borrowing RecordBatch, _ outputs: OutputSet, _ config: SinkConfig) throws {
        guard let encoder else { return }
        encoder.removeAll()
        if !config.template.dependsOnRecord {
            let file = outputs.file(topic: nil, partition: nil)
            if fits(batch.deliverableCount, file, config), encoder.addAll(batch) {
                return try move(encoder, to: file, outputs)
            }
        }
        try writeEach(batch, encoder, outputs, config)
    }

    private func fits(_ count: Int, _ file: OutputFile, _ config: SinkConfig) -> Bool {
        config.rotation.records.map { file.records + count <= $0 } ?? true
    }

    /// Record by record: each may belong to another file, or fill one.
    private func writeEach(
        _ batch: borrowing RecordBatch, _ encoder: RecordEncoder, _ outputs: OutputSet, _ config: SinkConfig
    ) throws {
        var current: OutputFile?
        var route = Route()
        try batch.forEach { record in
            if current == nil || config.template.dependsOnRecord && !route.matches(record) {
                if let current { try move(encoder, to: current, outputs) }
                route = Route(record)
                current = outputs.file(topic: route.topic, partition: route.partition)
            }
            guard let file = current else { return }
            encoder.add(record, startsFile: file.records + encoder.count == 0)
            guard !fits(encoder.count + 1, file, config) else { return }
            try move(encoder, to: file, outputs)
            current = nil
        }
        if let current { try move(encoder, to: current, outputs) }
    }

    private func move(_ encoder: RecordEncoder, to file: OutputFile, _ outputs: OutputSet) throws {
        guard encoder.count > 0 else { return }
        let count = try unsafe encoder.withBytes { bytes in
            try unsafe file.append(bytes, records: encoder.count)
            return bytes.count
        }
        encoder.removeAll()
        outputs.added(count, to: file)
    }
}
