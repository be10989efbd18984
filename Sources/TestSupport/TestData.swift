public import Foundation

/// Real captures for tests, named by the environment variable `SLUICE_TEST_DATA`; the project ships none.
public enum TestData {
    /// The folder; nil when the variable is not set or names nothing.
    public static let folder: URL? = {
        guard let path = ProcessInfo.processInfo.environment["SLUICE_TEST_DATA"], !path.isEmpty else { return nil }
        return FileManager.default.fileExists(atPath: path) ? URL(fileURLWithPath: path) : nil
    }()

    /// Whether there is such a folder.
    public static var isAvailable: Bool { folder != nil }

    /// Why a test that needs it is skipped.
    public static let absence = "needs real captures: set SLUICE_TEST_DATA to their folder"

    /// A file of the folder.
    public static func file(_ path: String) throws -> URL {
        guard let folder else { throw CocoaError(.fileNoSuchFile) }
        return folder.appendingPathComponent(path)
    }
}
