import ConnectorKit
import Glibc

/// Prints records.
///
/// Nothing else of the process prints to standard output, so a reader behind a pipe sees records only.
final class StdoutSink: Sink {
    static let definition = SinkDefinition(
        "stdout",
        documentation: """
            Prints records to standard output, one JSON value a line.

            A reader that closes the pipe, as `head` does, ends the task with a sentence that says so.
            """,
        config: StdoutConfig.definition,
        prints: true,
        make: { StdoutSink() })

    private let descriptor: Int32
    private var format = StdoutFormat.ndjson
    private var writer = JSONWriter(capacity: 1 << 16)
    private var stop = StopSignal()
    /// Whether a reader may let a write wait.
    private var mayWait = true

    /// - Parameter descriptor: Where to print; the process's standard output.
    init(descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

    func start(_ context: SinkContext) async throws -> [Position]? {
        signal(SIGPIPE, SIG_IGN)
        format = context.config[StdoutConfig.format]
        stop = context.stop
        var about = stat()
        mayWait = unsafe fstat(descriptor, &about) != 0 || about.st_mode & S_IFMT != S_IFREG
        return nil
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        writer.removeAll()
        switch format {
        case .ndjson: _ = writer.writeLines(batch)
        case .pretty:
            var printer = PrettyPrinter()
            batch.forEach { record in printer.print(record, to: &writer) }
        }
        try unsafe writer.withBytes { try unsafe write($0) }
        report.isDurable = true
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(ConnectorError) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            if mayWait { try awaitReader() }
            let size = mayWait ? min(rest.count, Self.pipeRoom) : rest.count
            let count = unsafe Glibc.write(descriptor, rest.baseAddress, size)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw Self.failure(errno) }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// What a pipe that can be written to takes without waiting.
    private static let pipeRoom = Int(PIPE_BUF)

    /// Waits until the reader takes more, or everything is to be given up.
    private func awaitReader() throws(ConnectorError) {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while unsafe poll(&wait, 1, 200) == 0 {
            if stop.isRequested {
                throw .restartable("the reader of standard output takes nothing, and the task was asked to end")
            }
        }
    }

    private static func failure(_ reason: Int32) -> ConnectorError {
        if reason == EPIPE {
            return .configuration("the reader of standard output closed it; nothing more can be printed")
        }
        let text = unsafe strerror(reason).map { unsafe String(cString: $0) } ?? "error \(reason)"
        let message = "cannot write to standard output: \(text)"
        return reason == ENOSPC ? .retriable(message) : .fatal(message)
    }
}
