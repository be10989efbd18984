import ConnectorKit
import Formats

/// Reads files, compressed or not, from where it stopped; with `follow` it waits for more.
final class FileSource: Source {
    static let definition = SourceDefinition(
        "file",
        documentation: """
            Reads files of NDJSON, JSON, CSV or plain lines, compressed with gzip or zstd or not, once or while they grow.

            A position is a place between two records, kept for each file with a fingerprint of its first 1024 bytes, so \
            that a file that was replaced is read from its beginning. A record that cannot be read is rejected with the \
            file's name and line and leaves its neighbours alone. Tasks share the files.
            """,
        config: SourceConfig.definition,
        classes: [
            ConnectClass(
                "FileStreamSource", renamed: ["file": "path"], implied: ["format": "lines", "follow": "true"],
                needless: ["batch.size"])
        ],
        tasks: { values, most in
            let config = SourceConfig(values)
            let files = try? FileList(paths: config.paths, mayBeMissing: config.follow).files()
            return config.follow ? most : max(1, min(most, files?.count ?? 1))
        },
        check: { values in
            let config = SourceConfig(values)
            for file in try FileList(paths: config.paths, mayBeMissing: config.follow).files() {
                _ = try config.format(of: file)
            }
        },
        make: { FileSource() })

    private var context: SourceContext?
    private var config: SourceConfig?
    private var readings: [FileReading] = []
    private var current = 0
    private var maker = RecordMaker()
    private var totalBytes = 0

    func start(_ context: SourceContext) async throws {
        let config = SourceConfig(context.config)
        self.context = context
        self.config = config
        try findFiles(config, context)
        if !config.follow { context.progress.update(done: 0, total: totalBytes) }
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let config, let context else { throw ConnectorError.fatal("the file source was polled before its start") }
        var waiting = 0
        while waiting < readings.count && current < readings.count {
            if context.stop.isRequested { return .idle(.zero) }
            switch try readings[current].read(&batch, &maker) {
            case .progressed:
                report(context, config)
                if batch.count > 0 { return .more }
                waiting = 0
            case .waiting:
                next(config)
                waiting += 1
            case .finished:
                next(config)
                if config.follow { waiting += 1 }
            }
        }
        if !config.follow { return .finished }
        try findFiles(config, context)
        return .idle(config.pollInterval)
    }

    func stop() async { readings = [] }

    private func next(_ config: SourceConfig) {
        current += 1
        if config.follow && current == readings.count { current = 0 }
    }

    private func findFiles(_ config: SourceConfig, _ context: SourceContext) throws {
        let files = try FileList(paths: config.paths, mayBeMissing: config.follow).files()
        let mine = config.follow ? files.filter { ownsPath($0, context.task) } : context.task.share(of: files)
        let known = Set(readings.map(\.path))
        for path in mine where !known.contains(path) {
            let stored = context.offset(of: ["file": .string(path)])
            readings.append(try FileReading(path: path, config: config, stored: stored, log: context.log))
            totalBytes += Int((try? FileSystem.status(of: path).size) ?? 0)
        }
    }

    private func report(_ context: SourceContext, _ config: SourceConfig) {
        let done = readings.reduce(0) { $0 + Int($1.diskBytes) }
        context.progress.update(done: done, total: config.follow ? nil : totalBytes)
    }
}
