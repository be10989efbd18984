internal import Glibc

/// The few things the worker asks of the file system, without Foundation: loading it would take longer, and hold more
/// memory, than all the rest of a small pipeline.
package enum FileTree {
    /// Why the file system refused.
    package struct Refusal: Error, CustomStringConvertible {
        /// What was refused, of which path, in the system's words.
        package let description: String

        init(_ what: String, _ path: String) { description = "\(what) \(path): \(systemMessage(errno))" }
    }

    /// The names in a directory, sorted; nil when it is none or cannot be read.
    package static func entries(of path: String) -> [String]? {
        guard let directory = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The file that this process runs; nil when the system does not tell.
    package static var executable: String? {
        guard let text = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// The path with every link and `..` resolved; as it is when there is nothing there.
    package static func resolved(_ path: String) -> String {
        guard let text = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Makes a file with this content, and the directories above it.
    package static func write(_ text: String, to path: String) throws(Refusal) {
        try makeDirectories(above: path)
        guard let file = unsafe fopen(path, "wx") else { throw Refusal("cannot make", path) }
        let written = unsafe fputs(text, file)
        guard unsafe fclose(file) == 0, written >= 0 else { throw Refusal("cannot write", path) }
    }

    private static func makeDirectories(above path: String) throws(Refusal) {
        for index in path.indices.dropFirst() where path[index] == "/" {
            let directory = String(path[..<index])
            if unsafe mkdir(directory, 0o777) != 0 && errno != EEXIST { throw Refusal("cannot make", directory) }
        }
    }
}
