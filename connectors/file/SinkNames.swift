import Formats
import Glibc

/// The names of the hidden files that a task of a sink keeps.
struct SinkNames: Sendable {
    /// The directory that holds them.
    let directory: String
    private let stem: String
    private let task: Int

    init(directory: String, pipeline: String, sink: String, task: Int) {
        self.directory = directory
        stem = ".sluice+\(Self.safe(pipeline))+\(Self.safe(sink))+"
        self.task = task
    }

    /// The path of the state.
    var state: String { "\(directory)/\(stem)\(task).state" }

    /// The path of the file that the owner of the state holds.
    var lock: String { "\(directory)/\(stem)\(task).lock" }

    /// The path of an unfinished file.
    func temporary(_ sequence: Int) -> String { "\(directory)/\(stem)\(task)+\(sequence).part" }

    /// Whether a name in the directory is that of an unfinished file of this task.
    func isTemporary(_ name: String) -> Bool {
        let start = "\(stem)\(task)+"
        guard name.hasPrefix(start), name.hasSuffix(".part") else { return false }
        return Int(name.dropFirst(start.count).dropLast(".part".count)) != nil
    }

    /// The task whose state a name in the directory is; nil for any other name.
    func taskOfState(_ name: String) -> Int? {
        guard name.hasPrefix(stem), name.hasSuffix(".state") else { return nil }
        return Int(name.dropFirst(stem.count).dropLast(".state".count))
    }

    /// The names of another task of the same sink.
    func ofTask(_ index: Int) -> SinkNames { SinkNames(directory: directory, stem: stem, task: index) }

    private init(directory: String, stem: String, task: Int) {
        self.directory = directory
        self.stem = stem
        self.task = task
    }

    private static func safe(_ name: String) -> String { String(name.map { $0 == "/" || $0 == "+" ? "_" : $0 }) }

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
