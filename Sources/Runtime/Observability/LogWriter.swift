public import ConnectorKit
internal import Glibc
internal import Synchronization

/// Writes log messages to standard error, a line each, with secrets taken out.
public final class LogWriter: Sendable {
    private let format: WorkerConfig.LogFormat
    private let redactor: Redactor
    private let clock: WorkerClock
    private let output: Mutex<@Sendable (String) -> Void>

    /// - Parameter output: Takes each line without its newline; nil writes to standard error.
    public init(
        format: WorkerConfig.LogFormat, redactor: Redactor, clock: WorkerClock = .system,
        output: (@Sendable (String) -> Void)? = nil
    ) {
        self.format = format
        self.redactor = redactor
        self.clock = clock
        self.output = Mutex(output ?? { line in writeAll(line + "\n", to: STDERR_FILENO) })
    }

    /// A log that writes here.
    public func log(minimum: Log.Level) -> Log {
        Log(minimum: minimum) { entry in self.write(entry) }
    }

    private func write(_ entry: Log.Entry) {
        // Before quoting, which would hide a secret that holds a quote or a line end.
        let entry = Log.Entry(
            level: entry.level, message: redactor.redact(entry.message),
            fields: entry.fields.map { ($0.0, redactor.redact($0.1)) })
        let line = (format == .json ? json(entry) : text(entry)).escapingControls()
        output.withLock { $0(line) }
    }

    private func text(_ entry: Log.Entry) -> String {
        let fields = entry.fields.map { " \($0.0)=\(Self.quotedIfNeeded($0.1))" }.joined()
        return "\(timestamp()) \(entry.level.rawValue.uppercased()) \(entry.message)\(fields)"
    }

    private func json(_ entry: Log.Entry) -> String {
        let members =
            [("time", timestamp()), ("level", entry.level.rawValue), ("message", entry.message)] + entry.fields
        return "{" + members.map { "\($0.0.jsonQuoted):\($0.1.jsonQuoted)" }.joined(separator: ",") + "}"
    }

    private func timestamp() -> String { iso8601(milliseconds: clock.now) }

    private static func quotedIfNeeded(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        return isPlain ? text : text.jsonQuoted
    }
}

/// Milliseconds since 1970 as `2026-11-21T14:03:09.120Z` (RFC 3339).
func iso8601(milliseconds: Int64) -> String {
    var (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    if rest < 0 {
        seconds -= 1
        rest += 1000
    }
    var time = time_t(seconds)
    var parts = unsafe tm()
    unsafe gmtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = unsafe strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
    let text = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(text).\(rest < 100 ? "0" : "")\(rest < 10 ? "0" : "")\(rest)Z"
}
