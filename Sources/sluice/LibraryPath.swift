import Glibc

/// Puts folders before the system's own for the C libraries of connectors, such as one with a newer librdkafka.
///
/// The dynamic linker looks at these folders when a program starts, so the program is started again in its place, once.
enum LibraryPath {
    private static let variable = "LD_LIBRARY_PATH"
    /// What the program was started again with.
    private static let mark = "SLUICE_LIBRARY_PATH"

    /// Returns when the folders are in force; in their absence at once.
    static func prefer(_ folders: [String]) throws {
        guard !folders.isEmpty else { return }
        let wanted = try folders.map(absolute).joined(separator: ":")
        if value(of: mark) == wanted { return }
        let before = value(of: variable).map { ":\($0)" } ?? ""
        unsafe setenv(variable, wanted + before, 1)
        unsafe setenv(mark, wanted, 1)
        unsafe _ = execv("/proc/self/exe", CommandLine.unsafeArgv)
        throw CommandFailure(
            .environment,
            "sluice could not be started again for library.path: \(unsafe String(cString: strerror(errno)))")
    }

    private static func value(of variable: String) -> String? {
        unsafe getenv(variable).map { unsafe String(cString: $0) }
    }

    private static func absolute(_ folder: String) throws -> String {
        guard !folder.contains(":"), let path = unsafe realpath(folder, nil) else {
            throw CommandFailure(
                .environment, "library.path names \(folder), which is no folder; expected one with libraries in it")
        }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}
