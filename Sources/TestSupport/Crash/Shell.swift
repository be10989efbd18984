public import Foundation

/// Shell commands of a test.
public enum Shell {
    /// Runs a command to its end and gives what it printed, without line breaks at the end.
    ///
    /// - Throws: When it ends with anything but 0.
    @discardableResult
    public static func run(_ command: String, in folder: URL) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CrashRun.Failure(description: "`\(command)` ended with \(process.terminationStatus)")
        }
        return text.trimmingCharacters(in: .newlines)
    }
}
