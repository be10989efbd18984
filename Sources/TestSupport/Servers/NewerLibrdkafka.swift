import Foundation

/// A librdkafka that can log in with SCRAM, inside of a Python package that scripts/setup installs.
public enum NewerLibrdkafka {
    /// Why tests that need it are skipped.
    public static let absence = "needs the Python package confluent-kafka; scripts/setup --tests installs it"

    /// The library; nil when it is not there.
    public static let file: String? = {
        let folders = TestServers.packages.map { "\($0)/confluent_kafka.libs" }
        return folders.lazy.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
        }
        .first { $0.contains("/librdkafka-") }
    }()

    /// What puts it before the system's for a child process.
    ///
    /// - Parameter folder: Gets a folder `libraries`.
    public static func environment(in folder: String) throws -> [String: String] {
        let libraries = "\(folder)/libraries"
        let link = "\(libraries)/librdkafka.so.1"
        try FileManager.default.createDirectory(atPath: libraries, withIntermediateDirectories: true)
        if !FileManager.default.fileExists(atPath: link) {
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file ?? "")
        }
        return ["LD_LIBRARY_PATH": libraries]
    }
}
