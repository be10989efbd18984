import ConnectorKit
import Foundation

@testable import Runtime

/// A folder of libraries compiled from a few lines of C, which goes away with its owner.
final class PluginFolder {
    static let hasCompiler = ["/usr/bin/cc", "/usr/local/bin/cc"].contains(where: FileManager.default.fileExists)
    /// A plugin's ABI function that agrees with this worker.
    static let sameABI = "const char *sluice_plugin_abi(void) { return ABI; }\n"

    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/sluice-plugins-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Compiles a library; gives its path.
    @discardableResult
    func compile(_ code: String, to name: String, _ flags: String...) throws -> String {
        let file = "\(path)/\(name)"
        let source = file + ".c"
        try Data(code.utf8).write(to: URL(filePath: source))
        defer { try? FileManager.default.removeItem(atPath: source) }
        let abi = unsafe String(cString: PluginABI.text()).replacing("\"", with: "\\\"")
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-w", "-DABI=\"\(abi)\"", "-o", file, source] + flags
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw CompileFailure(code: code) }
        return file
    }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }

    /// What loading the library fails with.
    static func failure(_ file: String, timeout: Duration = .seconds(60)) -> String? {
        do throws(PluginFailure) {
            _ = try PluginLibrary.load(file, probe: PluginProbe(timeout: timeout))
            return nil
        } catch {
            return error.message.replacing(file, with: "LIB")
        }
    }

    struct CompileFailure: Error { let code: String }
}
