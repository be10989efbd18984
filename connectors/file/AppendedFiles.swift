import ConnectorKit
import Formats
import Glibc

/// The files a task appends to.
final class AppendedFiles {
    private let config: SinkConfig
    private let task: Int
    private let clock: WorkerClock
    private let doubt = Doubt()
    private let outputs: OpenOutputs<AppendedFile>
    private let folders: OutputFolders
    private var files: [ByteName: AppendedFile] = [:]

    init(_ config: SinkConfig, task: Int, clock: WorkerClock) {
        self.config = config
        self.task = task
        self.clock = clock
        outputs = OpenOutputs(limit: config.openFilesMax)
        folders = OutputFolders(root: config.template.root, doubt: doubt)
    }

    /// Writes every deliverable record of a batch to its file; those that cannot be written now are to come again.
    func put(_ batch: borrowing RecordBatch, by encoder: RecordEncoder, report: inout PutReport) throws {
        var run = Run()
        var failure: ConnectorError?
        encoder.removeAll()
        try batch.forEach { record in
            if failure == nil, !run.indices.isEmpty, config.template.dependsOnRecord, !run.route.matches(record) {
                failure = try write(run, encoder, &report)
                run.indices.removeAll(keepingCapacity: true)
            }
            if let failure { return report.retry(record.index, failure) }
            if run.indices.isEmpty { run.route = Route(record) }
            run.indices.append(record.index)
            encoder.add(record, startsFile: false)
        }
        if failure == nil, !run.indices.isEmpty { _ = try write(run, encoder, &report) }
    }

    /// Records that stand together and go to the same file.
    private struct Run {
        var route = Route()
        var indices: [Int] = []
    }

    /// Writes what was encoded; why it is to come again, if it is.
    private func write(_ run: Run, _ encoder: RecordEncoder, _ report: inout PutReport) throws -> ConnectorError? {
        defer { encoder.removeAll() }
        do throws(FileFailure) {
            let file = try file(for: run.route)
            try append(encoder, to: file)
            return nil
        } catch {
            let reason = failed(error)
            guard reason.kind == .retriable else { throw reason }
            for index in run.indices { report.retry(index, reason) }
            return reason
        }
    }

    private func append(_ encoder: RecordEncoder, to file: AppendedFile) throws(FileFailure) {
        do {
            try unsafe encoder.withBytes { try unsafe file.append($0, header: encoder.header) }
        } catch {
            throw error as? FileFailure ?? FileFailure("write", file.path, errno: EIO)
        }
    }

    private func file(for route: Route) throws(FileFailure) -> AppendedFile {
        let path = config.template.path(
            topic: route.topic, partition: route.partition, task: task, sequence: 0,
            time: CivilTime(milliseconds: clock.now))
        let file = files[ByteName(path)] ?? AppendedFile(path, doubt: doubt)
        if file.place == nil { try open(file) }
        outputs.use(file)
        return file
    }

    private func open(_ file: AppendedFile) throws(FileFailure) {
        let folder = FileSystem.parent(of: file.path)
        try folders.prepare(folder)
        try outputs.open(file)
        folders.change(folder)
        if files.count >= 2 * config.openFilesMax { files = files.filter { $1.place != nil } }
        files[ByteName(file.path)] = file
    }

    /// Makes everything durable.
    func flush() throws(ConnectorError) {
        do throws(FileFailure) {
            try doubt.check()
            for file in files.values { try file.synchronize() }
            try folders.synchronize()
            for file in files.values where file.isReplaced { try outputs.close(file) }
        } catch {
            throw failed(error)
        }
        if files.values.contains(where: { $0.place == nil }) {
            files = files.filter { $1.place != nil }
            folders.forget()
        }
    }

    /// The error for a failure, which a second try may mend unless something is lost.
    private func failed(_ reason: FileFailure) -> ConnectorError {
        let error = reason.connectorError
        guard doubt.reason != nil else { return error }
        return ConnectorError(
            error.kind == .retriable ? .restartable : error.kind,
            "\(error.message); the records since the last commit are read and written again", native: error.native)
    }
}
