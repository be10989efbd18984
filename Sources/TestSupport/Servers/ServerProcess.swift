import Foundation
public import Glibc

/// A server as a child process; it dies with this process, whose pipe it watches.
public final class ServerProcess: @unchecked Sendable {
    // `@unchecked`: set up in `init`; ended by one caller at a time.
    private let shell = Process()
    private let input = Pipe()
    private let output = Pipe()
    /// The server's own process id.
    public let id: pid_t

    /// The server ended before it began.
    public struct StartError: Error {
        /// Says no more than that.
        public init() {}
    }

    /// - Parameters:
    ///   - command: The program and its arguments.
    ///   - folder: Where its output goes; removed when this process ends without having ended the server.
    public init(_ command: [String], in folder: String, environment: [String: String] = [:]) throws {
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", Self.script, folder] + command
        shell.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        shell.standardInput = input
        shell.standardOutput = output
        try shell.run()
        guard let id = pid_t(Self.line(of: output)) else { throw StartError() }
        self.id = id
    }

    /// Not `wait`: the signal that ends it is blocked in children of `Process`.
    private static let script = """
        "$@" < /dev/null > "$0/server.log" 2>&1 & server=$!; echo $server
        read -r line || line=gone
        kill -9 $server
        while grep -qs "^State:.[^Z]" "/proc/$server/status"; do sleep 0.02; done
        if [ "$line" = gone ]; then rm -rf "$0"; else echo ended; fi
        """

    /// SIGKILL, and waits until it is gone; its folder stays.
    ///
    /// The shell is asked, not `Process`, which takes a child for alive while a later one holds what it inherited.
    public func end() {
        input.fileHandleForWriting.write(Data("end\n".utf8))
        _ = Self.line(of: output)
    }

    private static func line(of pipe: Pipe) -> String {
        String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Sends a signal to the server and no other process.
    public func signal(_ number: Int32) { kill(id, number) }

    /// A port on loopback that nobody listens on.
    public static func freePort() -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe _ = bind(socket, raw, size)
                unsafe _ = getsockname(socket, raw, &size)
            }
            return Int(UInt16(bigEndian: unsafe pointer.pointee.sin_port))
        }
    }

    /// A folder that is removed with the server.
    public static func makeFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-server-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }
}
