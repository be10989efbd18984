import Formats
import Glibc

/// The names of the hidden files that a sink keeps.
struct SinkNames: Sendable {
    /// The directory that holds them.
    let directory: String
    private let stem: String

    init(directory: String, pipeline: String, sink: String) {
        self.directory = directory
        stem = ".sluice+\(Self.safe(pipeline))+\(Self.safe(sink))"
    }

    /// The folder that holds the state; made with the first of them.
    var stateFolder: String { "\(directory)/\(stem).state" }

    /// The path of a state. Each has a number of its own; the highest counts.
    func state(_ number: Int) -> String { "\(stateFolder)/\(number)" }

    /// The path under which an owner writes the next state.
    func draft(of owner: String) -> String { "\(stateFolder)/\(owner).new" }

    /// The path of the file that those hold who replace the state.
    var stateLock: String { "\(stateFolder)/lock" }

    /// The path of the file that an owner holds as long as it lives.
    func lock(of owner: String) -> String { "\(directory)/\(stem)+\(owner).lock" }

    /// The path of an unfinished file.
    func part(_ number: Int, of owner: String) -> String { "\(directory)/\(stem)+\(owner)+\(number).part" }

    /// The owner of the unfinished file that a name in the directory is; nil for any other name.
    func ownerOfPart(_ name: String) -> String? {
        guard let middle = middle(of: name, ".part"), let plus = middle.lastIndex(of: "+"),
            Int(middle[middle.index(after: plus)...]) != nil
        else { return nil }
        return String(middle[..<plus])
    }

    /// The path of the state that a version without a shared one kept for a task.
    func oldState(of task: Int) -> String { "\(directory)/\(stem)+\(task).state" }

    /// The task whose ``oldState(of:)`` a name in the directory is; nil for any other name.
    func taskOfOldState(_ name: String) -> Int? { middle(of: name, ".state").flatMap { Int($0) } }

    private func middle(of name: String, _ suffix: String) -> Substring? {
        let start = stem + "+"
        guard name.hasPrefix(start), name.hasSuffix(suffix), name.count > start.count + suffix.count else { return nil }
        return name.dropFirst(start.count).dropLast(suffix.count)
    }

    /// A name as part of these, which keep their parts apart by `+`: another one for each name, in percent-encoding (RFC 3986).
    static func safe(_ name: String) -> String {
        name.replacing("%", with: "%25").replacing("/", with: "%2F").replacing("+", with: "%2B")
    }

    /// The path, or the first with a number before its suffix that no file has.
    static func free(_ path: String, besides taken: Set<String>) -> String {
        if isFree(path, taken) { return path }
        let name = FileSystem.name(of: path)
        let suffix = name.dropFirst().firstIndex(of: ".").map { String(name[$0...]) } ?? ""
        let stem = path.dropLast(suffix.count)
        var number = 1
        while !isFree("\(stem)-\(number)\(suffix)", taken) { number += 1 }
        return "\(stem)-\(number)\(suffix)"
    }

    private static func isFree(_ path: String, _ taken: Set<String>) -> Bool {
        unsafe !taken.contains(path) && access(path, F_OK) != 0
    }

    /// Gives a finished file its name.
    static func publish(_ entry: OutputEntry) throws(FileFailure) {
        try FileSystem.makeDirectory(FileSystem.parent(of: entry.final))
        var final = entry.final
        while try !FileSystem.rename(entry.temporary, toFree: final) { final = free(final, besides: []) }
    }
}
