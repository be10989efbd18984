import Foundation

/// The Python environment that scripts/setup makes for tests.
public enum TestServers {
    private static let folder = URL(fileURLWithPath: StandIn.folder).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent(".build/test-servers/venv").path

    /// Its Python.
    public static let python = "\(folder)/bin/python"

    /// The folders of its packages.
    public static let packages: [String] = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/lib")) ?? []
        return versions.map { "\(folder)/lib/\($0)/site-packages" }
    }()
}
