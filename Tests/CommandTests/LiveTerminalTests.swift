import Foundation
import Glibc
import TestSupport
import Testing

// The kernel's own numbers, which Glibc leaves out.
private let unlockTerminal: UInt = 0x4004_5431
private let numberOfTerminal: UInt = 0x8004_5430

/// What `sluice` prints on standard error when that is a terminal.
private func printed(_ arguments: [String], in folder: URL, term: String) throws -> String {
    let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (number, lock): (UInt32, Int32) = (0, 0)
    var size = winsize(ws_row: 10, ws_col: 60, ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(master, unlockTerminal, &lock)
    _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
    try #require(unsafe ioctl(master, numberOfTerminal, &number) == 0)
    let slave = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    let process = Process()
    process.executableURL = SluiceProcess.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": term]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    try process.run()
    close(slave)
    defer { close(master) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Reading fails once the last process has closed the other side.
    while case let count = unsafe read(master, &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: bytes, as: UTF8.self)
}

@Suite("A run on a terminal", .ownThread)
struct LiveTerminalTests {
    private func run(sink: String, term: String) throws -> String {
        let pipelines = (0..<15).map { number in
            """
            {"name": "p\(number)", "source": {"connector": "emulator", "kinds": "users", "records.per.second": 50},
             "sinks": [{"connector": "\(sink)"}]}
            """
        }
        let folder = try CommandFolder(["p.json": "{\"pipelines\": [\(pipelines.joined(separator: ","))]}"])
        return try printed(["run", "p.json", "--duration", "800ms"], in: folder.url, term: term)
    }

    @Test("draws no more rows than there are")
    func draws() throws {
        let text = try run(sink: "discard", term: "xterm-256color")
        let moves = text.matches(of: /\u{1B}\[([0-9]+)A/).compactMap { Int($0.1) }
        #expect(!moves.isEmpty && moves.allSatisfy { $0 <= 9 } && !text.contains("\u{1B}[J"))
        #expect(text.contains("7 more: 7 "))
        #expect(text.contains("p0: STOPPED"))
    }

    @Test("draws nothing where it may not", arguments: [("discard", "dumb"), ("discard", ""), ("stdout", "xterm")])
    func drawsNothing(_ sink: String, _ term: String) throws {
        let text = try run(sink: sink, term: term)
        #expect(!text.contains("\u{1B}") && text.contains("p0: STOPPED") && text.contains("the worker has started"))
    }
}
