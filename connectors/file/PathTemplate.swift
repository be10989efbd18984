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
    }

    private enum Part {
        case text(String)
        case placeholder(Placeholder)
    }

    /// The directory above the first placeholder, which holds unfinished files and the state.
    let root: String
    /// Whether records of one batch may go to several files.
    let dependsOnRecord: Bool
    /// Whether the name holds ``Placeholder/task``.
    let namesTask: Bool
    /// Whether the name changes with the time.
    let dependsOnTime: Bool
    private let parts: [Part]

    init(_ text: String) throws(ConnectorError) {
        if let fault = Self.fault(in: text) { throw .configuration(fault) }
        parts = Self.parse(text.hasPrefix("/") ? text : Self.workingDirectory + "/" + text)
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
        return nil
    }

    /// The path for a record's topic and partition, a task, a file number and a time.
    func path(topic: String?, partition: Int32?, task: Int, sequence: Int?, time: CivilTime) -> String {
        var path = ""
        for part in parts {
            switch part {
            case .text(let text): path += text
            case .placeholder(.topic): path += Self.safe(topic ?? "none")
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

    /// A topic as part of a file name: it comes with the data, so it must not lead anywhere else.
    static func safe(_ text: String) -> String {
        let name = String(text.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
        return name.hasPrefix(".") ? "_" + name.dropFirst() : name.isEmpty ? "_" : name
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
