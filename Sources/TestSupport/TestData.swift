import Foundation

/// Captured data of the real services, which is not part of this repository.
public enum TestData {
    /// The folder that `SLUICE_TEST_DATA` names; nil when it is unset or not there.
    public static let folder: String? = {
        guard let path = ProcessInfo.processInfo.environment["SLUICE_TEST_DATA"],
            FileManager.default.fileExists(atPath: path)
        else { return nil }
        return path
    }()

    /// Whether there is any.
    public static var isAvailable: Bool { folder != nil }

    /// Why tests that need it are skipped.
    public static let absence = "needs captured data; set SLUICE_TEST_DATA to its folder"

    /// The path of a file in it.
    public static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }
}
