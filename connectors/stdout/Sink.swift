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
        make: { StdoutSink() })

    private let descriptor: Int32
    private var format = StdoutFormat.ndjson
    private var writer = JSONWriter(capacity: 1 << 16)

    /// - Parameter descriptor: Where to print; the process's standard output.
    init(descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

    func start(_ context: SinkContext) async throws -> [Position]? {
        signal(SIGPIPE, SIG_IGN)
        format = context.config[StdoutConfig.format]
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
            let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw Self.failure(errno) }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
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
