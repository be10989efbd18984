import ConnectorKit
import Formats

/// Reads files, compressed or not, from where it stopped; with `follow` it waits for more.
final class FileSource: Source {
    static let definition = SourceDefinition(
        "file",
        documentation: """
            Reads files of NDJSON, JSON, CSV or plain lines, compressed with gzip or zstd or not, once or while they grow.

            A position is a place between two records. It belongs to the file, whatever its names: to its number on the \
            device, with a fingerprint of its first bytes and of the last ones before the place. A file that was renamed is \
            read on; one that was cut off or written anew is read from its beginning, and a copy of what it held, plain or \
            compressed, where the original was. Rotated files are read in the order in which they were written. What \
            cannot be told apart is read again. The position of a deleted file is kept for an hour.

            A record that cannot be read is rejected with the file's name, line and byte and leaves its neighbours alone; an \
            entry that cannot be opened is logged, counted and looked at again. Tasks share the files.
            """,
        config: SourceConfig.definition,
        classes: [
            ConnectClass(
                "FileStreamSource", renamed: ["file": "path"], implied: ["format": "lines", "follow": "true"],
                needless: ["batch.size"])
        ],
        tasks: { values, most in
            let config = SourceConfig(values)
            if config.follow { return most }
            let listing = FileFinder(paths: config.paths, exclude: config.exclude).look()
            return max(1, min(most, listing.files.count + listing.streams.count))
        },
        check: { values in
            let config = SourceConfig(values)
            let finder = FileFinder(paths: config.paths, exclude: config.exclude)
            try finder.refuse(finder.look(), config)
        },
        make: { FileSource() })

    private static let streamWait = Duration.milliseconds(100)

    private var table: FileTable?
    private var maker = RecordMaker()
    private var nextLook = Duration.zero

    func start(_ context: SourceContext) async throws {
        let table = FileTable(SourceConfig(context.config), context)
        try table.firstLook()
        self.table = table
        nextLook = table.now + table.config.pollInterval
        if !table.config.follow { context.progress.update(done: 0, total: Int(table.totalBytes)) }
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let table else { throw ConnectorError.fatal("the file source was polled before its start") }
        if table.config.follow && table.now >= nextLook {
            table.lookAgain()
            nextLook = table.now + table.config.pollInterval
        }
        table.takeMarks(&batch)
        let isStopped = try readFiles(table, &batch)
        report(table)
        if isStopped { return .idle(.zero) }
        if batch.count > 0 || table.queue.first != nil { return .more }
        if try readStreams(table, &batch) { return .more }
        return try rest(table, &batch)
    }

    func stop() async {
        table?.tellKept()
        table = nil
    }

    /// Reads files until the batch is full or none has more; true when the task is to stop.
    private func readFiles(_ table: FileTable, _ batch: inout RecordBatch) throws -> Bool {
        while let file = table.queue.first {
            if table.context.stop.isRequested { return true }
            if batch.count > BatchLimit.records / 2 || batch.byteCount >= BatchLimit.bytes / 2 { return false }
            if try table.turn(file, &batch, &maker) { continue }
            table.dequeue()
            table.resumePostponed()
        }
        return false
    }

    private func readStreams(_ table: FileTable, _ batch: inout RecordBatch) throws -> Bool {
        var isRead = false
        for stream in table.streams {
            if batch.count > BatchLimit.records / 2 { break }
            if try stream.read(&batch, &maker, wait: isRead ? .zero : Self.streamWait) { isRead = true }
        }
        table.streams.removeAll(where: \.isAtEnd)
        return isRead
    }

    /// Nothing has more to read for now.
    private func rest(_ table: FileTable, _ batch: inout RecordBatch) throws -> Poll {
        table.settleAbsent()
        if !table.marks.isEmpty {
            table.takeMarks(&batch)
            return .more
        }
        if table.config.follow {
            nextLook = table.now
            return .idle(table.streams.isEmpty ? table.config.pollInterval : .milliseconds(1))
        }
        if !table.streams.isEmpty { return .idle(.milliseconds(1)) }
        guard let failure = table.unread.first else { return .finished }
        table.unread = [:]
        throw ConnectorError.configuration("\(failure.key.text) was not read: \(failure.value)")
    }

    private func report(_ table: FileTable) {
        let total = table.config.follow ? nil : Int(table.totalBytes)
        table.context.progress.update(done: Int(table.doneBytes), total: total)
    }
}
