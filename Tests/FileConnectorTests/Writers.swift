import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

/// Writes as programs write their logs: appending, through one descriptor, whatever becomes of the name.
final class LogWriter {
    private let descriptor: Int32

    /// - Parameter appends: Whether it goes on at the end of the file, wherever that is, and not where it was.
    init(_ path: String, appends: Bool = true) throws {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | (appends ? O_APPEND : 0), 0o644)
        try #require(descriptor >= 0, "\(path): \(errno)")
    }

    deinit { close(descriptor) }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        try #require(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    func write(_ numbers: Range<Int>) throws { try write(numberLines(numbers)) }
}

/// What logrotate's `copytruncate` does.
func copyTruncate(_ path: String, to copy: String) throws {
    try copyFile(path, to: copy)
    try cutOff(path)
}

func copyFile(_ path: String, to copy: String) throws {
    try LogWriter(copy).write(String(decoding: try FileSystem.content(of: path, limit: 1 << 30), as: UTF8.self))
}

func cutOff(_ path: String) throws { try #require(unsafe truncate(path, 0) == 0) }

/// A file source that is followed by hand; its positions outlive it, as in the worker's store.
final class Tail {
    private(set) var driver: SourceDriver
    private let settings: String
    private(set) var lines: [String] = []
    private(set) var stored: [Position] = []
    private(set) var task = TaskSlot()
    private var taken = 0

    init(_ path: String, _ settings: String = "\"follow\":true", task: TaskSlot = TaskSlot()) async throws {
        self.settings = "{\"path\":\"\(path)\"\(settings.isEmpty ? "" : ",")\(settings)}"
        self.task = task
        driver = try await SourceDriver(FileSource.definition, self.settings, task: task)
    }

    /// Reads what there is.
    func read() async throws {
        for _ in 0..<10_000 where try await driver.poll() != .more { break }
        lines += driver.lines[taken...]
        taken = driver.lines.count
        stored = driver.positions.filter { !$0.offset.fields.isEmpty }
    }

    /// Reads what there is for some time.
    func read(for time: Duration) async throws {
        let end = driver.clock.clock.monotonic + time
        while driver.clock.clock.monotonic < end { try await read() }
    }

    /// Ends, and starts from what is stored.
    func restart(
        from positions: [Position]? = nil, meanwhile: () throws -> Void = {}
    ) async throws {
        try await read()
        let kept = positions ?? stored
        try meanwhile()
        driver = try await SourceDriver(FileSource.definition, settings, positions: kept, task: task)
        taken = 0
    }

    var numbers: [Int] { lines.compactMap { Int($0.dropFirst(5).dropLast()) } }

    func count(_ name: String) -> Int { driver.metrics.values["file_\(name)"] ?? 0 }
}

/// How many descriptors of this process lead to a path below a folder, deleted files too.
func openFiles(below folder: String) throws -> Int {
    try FileSystem.names(in: "/proc/self/fd").count { name in
        var target = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/fd/\(name)", &target, target.count - 1)
        return count > 0
            && String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).hasPrefix(folder + "/")
    }
}
