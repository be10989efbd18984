import Foundation

/// A script of `Tests/StandIns` that works until its standard input closes.
final class FaultTool {
    private let process = Process()
    private let input = Pipe()
    private let output = TemporaryDirectory()

    /// - Parameter script: Its name without `.py`.
    init(_ script: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: TestServers.python)
        process.arguments = ["-B", StandIn.folder + "/\(script).py"] + arguments
        process.standardInput = input
        let file = output("lines")
        try Data().write(to: URL(fileURLWithPath: file))
        process.standardOutput = FileHandle(forWritingAtPath: file)
        try process.run()
    }

    /// The last whole line so far.
    var lastLine: Substring? {
        let text = (try? String(contentsOfFile: output("lines"), encoding: .utf8)) ?? ""
        return text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n").last
    }

    /// Ends it and gives the lines that it printed.
    func finish() throws -> [Substring] {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw FaultError("\(process.arguments ?? []) ended with \(process.terminationStatus)")
        }
        return try String(contentsOfFile: output("lines"), encoding: .utf8).split(separator: "\n")
    }
}
