import ConnectorKit
import Formats
import Glibc

/// A path with placeholders.
struct PathTemplate: Sendable {
    enum Placeholder: String, Sendable, CaseIterable {
        case topic
        case partition
        case task
        case sequence
        case year = "yyyy"
        case month = "MM"
        case day = "dd"
        case hour = "HH"

        /// The most bytes of what stands for it; without a bound for a topic.
        var longest: Int {
            switch self {
            case .topic: 0
            case .partition, .sequence: 10
            case .task: 5
            case .year: 4
            case .month, .day, .hour: 2
            }
        }
    }

    private enum Part {
        case text(String)
        case placeholder(Placeholder)
    }

    /// A topic may have to be cut; what is left of it has at least so many bytes.
    private static let shortestTopic = 40

    /// The directory above the first placeholder, which holds unfinished files and the state.
    let root: String
    /// Whether records of one batch may go to several files.
    let dependsOnRecord: Bool
    /// Whether the name holds ``Placeholder/task``.
    let namesTask: Bool
    /// Whether the name changes with the time.
    let dependsOnTime: Bool
    private let parts: [Part]
    private let topicRooms: [Int]

    init(_ text: String) throws(ConnectorError) {
        if let fault = Self.fault(in: text) { throw .configuration(fault) }
        parts = Self.parse(text.hasPrefix("/") ? text : Self.workingDirectory + "/" + text)
        topicRooms = Self.topicRooms(parts)
        let used = parts.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
        dependsOnRecord = used.contains { $0 == .topic || $0 == .partition }
        namesTask = used.contains(.task)
        dependsOnTime = used.contains { [.year, .month, .day, .hour].contains($0) }
        guard case .text(let start)? = parts.first else { throw .configuration("path must begin with text") }
        root = parts.count == 1 ? FileSystem.parent(of: start) : FileSystem.parent(of: start + "x")
    }

    /// What is wrong with a template; nil when nothing is.
    static func fault(in text: String) -> String? {
        let parts = parse(text)
        for case .text(let part) in parts {
            guard let start = part.firstRange(of: "${") else { continue }
            let names = Placeholder.allCases.map { "${\($0.rawValue)}" }.joined(separator: ", ")
            return "path holds \(part[start.lowerBound...]), which is no placeholder; there are \(names)"
        }
        if text.hasSuffix("/") { return "path ends in /; expected the name of a file" }
        let pieces = text.utf8.split(separator: UInt8(ascii: "/")).map(\.count)
        if parts.count == 1, let most = pieces.max(), most > DataName.longest {
            return "path has a name of \(most) bytes between slashes, which may have \(DataName.longest)"
        }
        let rooms = zip(parts, topicRooms(parts)).filter { if case .placeholder(.topic) = $0.0 { true } else { false } }
        if rooms.contains(where: { $0.1 < shortestTopic }) {
            return "path leaves no room for ${topic}: the names between slashes may have \(DataName.longest) bytes each"
        }
        return nil
    }

    /// The path for a record's topic and partition, a task, a file number and a time.
    func path(topic: String?, partition: Int32?, task: Int, sequence: Int, time: CivilTime) -> String {
        rendered(partition, task, sequence, time) { place in
            DataName.safe(topic ?? "none", room: topicRooms[place])
        }
    }

    /// What records have in common that go to the same file: the path with the file's number left open, and the topic as it is.
    func key(topic: String?, partition: Int32?, task: Int, time: CivilTime) -> String {
        rendered(partition, task, nil, time) { _ in topic ?? "none" }
    }

    private func rendered(
        _ partition: Int32?, _ task: Int, _ sequence: Int?, _ time: CivilTime, topic: (Int) -> String
    ) -> String {
        var path = ""
        for (place, part) in parts.enumerated() {
            switch part {
            case .text(let text): path += text
            case .placeholder(.topic): path += topic(place)
            case .placeholder(.partition): path += partition.map { "\($0)" } ?? "none"
            case .placeholder(.task): path += "\(task)"
            case .placeholder(.sequence): path += sequence.map { padded($0, 6) } ?? "${sequence}"
            case .placeholder(.year): path += padded(time.year, 4)
            case .placeholder(.month): path += padded(time.month, 2)
            case .placeholder(.day): path += padded(time.day, 2)
            case .placeholder(.hour): path += padded(time.hour, 2)
            }
        }
        return path
    }

    /// The parts of a time that the name holds; two times with the same go to the same file.
    func period(_ time: CivilTime) -> String {
        parts.reduce(into: "") { period, part in
            switch part {
            case .placeholder(.year): period += padded(time.year, 4)
            case .placeholder(.month): period += padded(time.month, 2)
            case .placeholder(.day): period += padded(time.day, 2)
            case .placeholder(.hour): period += padded(time.hour, 2)
            default: break
            }
        }
    }

    /// The bytes that a topic may take at each place of a template, so that no name is too long; 0 for other parts.
    private static func topicRooms(_ parts: [Part]) -> [Int] {
        var rooms = Array(repeating: 0, count: parts.count)
        var (topics, taken) = ([Int](), 0)
        func share(_ limit: Int) {
            for place in topics { rooms[place] = (limit - taken) / topics.count }
            (topics, taken) = ([], 0)
        }
        for (place, part) in parts.enumerated() {
            switch part {
            case .placeholder(.topic): topics.append(place)
            case .placeholder(let other): taken += other.longest
            case .text(let text):
                let pieces = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                for (index, piece) in pieces.enumerated() {
                    if index > 0 { share(DataName.longest) }
                    taken += piece.count
                }
            }
        }
        // A name that another file has gets a number.
        share(DataName.longest - Placeholder.sequence.longest - 1)
        return rooms
    }

    private static func parse(_ text: String) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        var literal = ""
        while let start = rest.firstRange(of: "${") {
            literal += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            let name = rest.dropFirst(2).prefix { $0 != "}" }
            guard let placeholder = Placeholder(rawValue: String(name)), name.endIndex < rest.endIndex else {
                literal += rest.prefix(2)
                rest = rest.dropFirst(2)
                continue
            }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = ""
            parts.append(.placeholder(placeholder))
            rest = rest[name.endIndex...].dropFirst()
        }
        literal += rest
        return literal.isEmpty ? parts : parts + [.text(literal)]
    }

    private static var workingDirectory: String {
        guard let directory = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(directory) }
        return unsafe String(cString: directory)
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
