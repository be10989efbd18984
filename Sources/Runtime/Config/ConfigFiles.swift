internal import ConnectorKit
internal import Glibc

/// Reads configuration files, each once.
struct ConfigFiles {
    /// Larger files are refused.
    static let maximumSize = 16 << 20

    /// For a pipe, in milliseconds.
    private static let longestWait: Int32 = 5000

    private var read: [String: ConfigNode] = [:]

    /// The values of a JSON file, or of a Java properties file when its name ends in `.properties`.
    ///
    /// - Parameter place: Where the file is named; nil when the command line names it.
    mutating func parsed(_ path: String, at place: ConfigLocation? = nil) throws(ConfigProblem) -> ConfigNode {
        if let node = read[path] { return node }
        let text = try Self.text(of: path, at: place ?? ConfigLocation(file: path))
        let isProperties = path.hasSuffix(".properties")
        let node = isProperties ? JavaProperties.parse(text, file: path) : try ConfigParser.parse(text, file: path)
        read[path] = node
        return node
    }

    /// The text of a file.
    static func text(of path: String, at place: ConfigLocation) throws(ConfigProblem) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            let reason = errno == ENOENT ? "does not exist" : "could not be opened: \(systemMessage(errno))"
            throw ConfigProblem(named(path, place, reason), at: place)
        }
        defer { close(file) }
        guard let text = String(validating: try bytes(of: file, path, at: place), as: UTF8.self) else {
            throw ConfigProblem(named(path, place, "is not UTF-8 text"), at: place)
        }
        return text
    }

    private static func bytes(
        of file: Int32, _ path: String, at place: ConfigLocation
    ) throws(ConfigProblem) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wait, 1, longestWait) != 0 else {
                throw ConfigProblem(named(path, place, "is a pipe that nothing is written to"), at: place)
            }
            let count = unsafe Glibc.read(file, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 && (errno == EAGAIN || errno == EINTR) { continue }
            guard count > 0 else {
                throw ConfigProblem(named(path, place, "could not be read: \(systemMessage(errno))"), at: place)
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= maximumSize else {
                throw ConfigProblem(named(path, place, "is larger than \(maximumSize >> 20) MiB"), at: place)
            }
        }
    }

    private static func named(_ path: String, _ place: ConfigLocation, _ fault: String) -> String {
        path == place.file && place.line == 0 ? "the file \(fault)" : "the file \(path) \(fault)"
    }
}

/// The path from the working directory of a file named in the file of `place`.
func beside(_ path: String, _ place: ConfigLocation) -> String {
    guard !path.hasPrefix("/"), let slash = place.file?.lastIndex(of: "/"), let file = place.file else { return path }
    return file[...slash] + path
}
