import Foundation
import TestSupport

/// A librdkafka that can log in with SCRAM, inside of a Python package that scripts/setup installs.
enum NewerLibrdkafka {
    static let absence = "needs the Python package confluent-kafka; scripts/setup --tests installs it"

    static let file: String? = {
        let folders = TestServers.packages.map { "\($0)/confluent_kafka.libs" }
        return folders.lazy.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
        }
        .first { $0.contains("/librdkafka-") }
    }()

    /// What puts it before the system's for a child process.
    static func environment(in folder: borrowing TemporaryDirectory) throws -> [String: String] {
        let libraries = folder("libraries")
        try FileManager.default.createDirectory(atPath: libraries, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(libraries)/librdkafka.so.1", withDestinationPath: file ?? "")
        return ["LD_LIBRARY_PATH": libraries]
    }
}
