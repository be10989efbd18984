import Foundation
import Glibc

/// A server of `Tests/StandIns` running as a child process on a free loopback port, for one test or suite.
///
/// It ends with this object, and also when the test process dies, since it watches its standard input.
public final class StandIn: @unchecked Sendable {
    // `@unchecked`: both are set once in `init`; `Process` is only asked to end, which any thread may.
    private let process: Process
    private let input: Pipe

    /// Where it listens on 127.0.0.1.
    public let port: Int

    /// Whether python3 is there; tests that need a stand-in are skipped by name without it.
    public static let isAvailable = find("python3") != nil

    /// Why such a test is skipped.
    public static let absence =
        "needs python3 on PATH for the stand-in servers; install it with: apt-get install python3"

    /// What kept a stand-in from starting.
    public struct StartError: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// Starts `Tests/StandIns/<script>.py` and returns when it listens.
    public init(_ script: String, _ arguments: [String] = []) throws {
        guard let python = Self.find("python3") else { throw StartError(description: Self.absence) }
        Self.keepLoopbackFromProxies
        let output = Pipe()
        input = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        // -B: no compiled files beside the sources.
        process.arguments = ["-B", Self.folder + "/\(script).py", "--exit-with-stdin"] + arguments
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        guard let port = Int(Self.firstLine(of: output.fileHandleForReading)) else {
            kill(process.processIdentifier, SIGKILL)
            throw StartError(description: "Tests/StandIns/\(script).py ended before it printed its port.")
        }
        self.port = port
    }

    deinit { close() }

    /// Ends the child; may be called more than once.
    public func close() {
        // Not SIGTERM: a child inherits the signals that the test's threads block, and that is one of them.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// An absolute address on this server.
    public func url(_ path: String = "") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The folder of the scripts, found from this file's place in the sources.
    public static let folder: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().appendingPathComponent("Tests/StandIns").path
    }()

    private static let keepLoopbackFromProxies: Void = { _ = unsafe setenv("no_proxy", "127.0.0.1,localhost", 1) }()

    private static func find(_ program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Empty when the child ends without a line.
    private static func firstLine(of handle: FileHandle) -> String {
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let piece = handle.availableData
            if piece.isEmpty { return "" }
            line.append(piece)
        }
        return String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
