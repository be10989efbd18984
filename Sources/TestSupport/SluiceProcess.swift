public import Foundation
import Glibc

/// The built `sluice`, or a program beside it, as a child process.
public final class SluiceProcess: @unchecked Sendable {
    // `@unchecked`: set up in `init`, then only asked for its state or sent signals, which any thread may.
    private let process = Process()
    private let outputs = TemporaryDirectory()

    /// What a finished run came to.
    public struct Result: Sendable {
        /// The exit code, or the negated number of the signal that ended it.
        public let status: Int32
        /// Everything on standard output.
        public let output: String
        /// Everything on standard error.
        public let errors: String
    }

    /// Starts it with these arguments; its output goes to files of its own, so it never waits for a reader.
    ///
    /// - Parameters:
    ///   - folder: The working directory.
    ///   - environment: Added to this process's own.
    ///   - program: What to start in place of `sluice`.
    public init(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], program: URL = executable
    ) throws {
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.writer(outputFile)
        process.standardError = try Self.writer(errorFile)
        try process.run()
    }

    /// Runs it to its end.
    public static func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], program: URL = executable
    ) throws -> Result {
        try SluiceProcess(arguments, in: folder, environment: environment, program: program).wait()
    }

    /// Waits until it has ended.
    public func wait() throws -> Result {
        process.waitUntilExit()
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Result(status: status, output: try Self.text(outputFile), errors: try Self.text(errorFile))
    }

    /// Its process id.
    public var id: pid_t { process.processIdentifier }

    /// Whether it has not ended.
    public var isRunning: Bool { process.isRunning }

    /// What it has printed on standard output so far.
    public var outputSoFar: String { (try? Self.text(outputFile)) ?? "" }

    /// What it has printed on standard error so far.
    public var errorsSoFar: String { (try? Self.text(errorFile)) ?? "" }

    /// Sends a signal to this process and no other.
    public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The program that `swift build` put beside the tests.
    public static let executable: URL = {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let candidates = [
            own.appendingPathComponent("sluice"), root.appendingPathComponent(".build/debug/sluice"),
        ]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[1]
    }()

    private var outputFile: URL { URL(fileURLWithPath: outputs("output")) }
    private var errorFile: URL { URL(fileURLWithPath: outputs("errors")) }

    private static func writer(_ file: URL) throws -> FileHandle {
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }

    private static func text(_ file: URL) throws -> String {
        String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
