import Foundation
import TestSupport

/// A working directory for `sluice` that goes away with its owner.
final class CommandFolder {
    let url: URL

    init(_ files: [String: String] = [:]) throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, text) in files { try write(text, to: name) }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func sluice(_ arguments: String..., environment: [String: String] = [:]) throws -> SluiceProcess.Result {
        try SluiceProcess.run(arguments, in: url, environment: environment)
    }

    /// A pipeline of numbered users that ends by itself.
    static func pipeline(name: String = "p", records: Int = 10, sink: String = "discard") -> String {
        """
        {"name": "\(name)", "source": {"connector": "emulator", "kinds": "users", "max.records": \(records)},
         "transforms": [{"type": "ReplaceField", "exclude": "age"}],
         "sinks": [{"connector": "\(sink)"}]}
        """
    }

    /// One that goes on until it is stopped.
    static let endless = """
        {"name": "endless", "source": {"connector": "emulator", "kinds": "users", "records.per.second": 50},
         "sinks": [{"connector": "stdout"}]}
        """
}
