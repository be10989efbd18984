import Formats
import Glibc

/// The names of the hidden files that a sink keeps.
struct SinkNames: Sendable {
    /// The directory above all its files, which holds the state.
    let directory: String
    private let stem: String

    init(directory: String, pipeline: String, sink: String) {
        self.directory = directory
        stem = DataName.shortened(
            ".sluice+\(Self.safe(pipeline))+\(Self.safe(sink))", to: DataName.longest - Self.longestRest)
    }

    /// Bytes that stand behind the stem in the longest of the names.
    private static let longestRest = 64

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

    /// The path of an unfinished file, in the folder that the finished one is to be in: only within one file system does a
    /// file get another name in one step.
    ///
    /// - Parameter folder: Nil for the directory above all.
    func part(_ number: Int, of owner: String, in folder: String? = nil) -> String {
        "\(folder ?? directory)/\(stem)+\(owner)+\(number).part"
    }

    /// The owner of the unfinished file that a name is; nil for any other name.
    func ownerOfPart(_ name: String) -> String? {
        guard let middle = middle(of: name, ".part"), let plus = middle.lastIndex(of: UInt8(ascii: "+")),
            Int(String(decoding: middle[(plus + 1)...], as: UTF8.self)) != nil
        else { return nil }
        return String(decoding: middle[..<plus], as: UTF8.self)
    }

    /// The path of the state that a version without a shared one kept for a task.
    func oldState(of task: Int) -> String { "\(directory)/\(stem)+\(task).state" }

    /// The task whose ``oldState(of:)`` a name in the directory is; nil for any other name.
    func taskOfOldState(_ name: String) -> Int? {
        middle(of: name, ".state").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    private func middle(of name: String, _ suffix: String) -> ArraySlice<UInt8>? {
        let (bytes, start, end) = (Array(name.utf8), Array(stem.utf8) + [UInt8(ascii: "+")], Array(suffix.utf8))
        guard bytes.count > start.count + end.count, bytes.starts(with: start), bytes.suffix(end.count) == end[...]
        else {
            return nil
        }
        return bytes[start.count..<bytes.count - end.count]
    }

    /// A name as part of these, which keep their parts apart by `+`: another one for each name, in percent-encoding (RFC 3986).
    static func safe(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "%"): bytes += Array("%25".utf8)
            case UInt8(ascii: "/"): bytes += Array("%2F".utf8)
            case UInt8(ascii: "+"): bytes += Array("%2B".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path, or the first with a number before its suffix that no file has, unless it is the one named `temporary`.
    static func free(_ path: String, for temporary: String, besides taken: Set<ByteName> = []) -> String {
        var candidate = path
        var number = 0
        while taken.contains(ByteName(candidate)) || !isFree(candidate, for: temporary) {
            number += 1
            candidate = numbered(path, number)
        }
        return candidate
    }

    private static func numbered(_ path: String, _ number: Int) -> String {
        let name = FileSystem.name(of: path)
        let folder = path.utf8.count > name.utf8.count ? FileSystem.parent(of: path) : ""
        let dot = name.utf8.dropFirst().firstIndex(of: UInt8(ascii: "."))
        let suffix = "-\(number)" + (dot.map { String(name[$0...]) } ?? "")
        let stem = DataName.cut(dot.map { String(name[..<$0]) } ?? name, to: DataName.longest - suffix.utf8.count)
        return folder.isEmpty ? stem + suffix : (folder == "/" ? "" : folder) + "/" + stem + suffix
    }

    private static func isFree(_ path: String, for temporary: String) -> Bool {
        var (there, own) = (stat(), stat())
        guard unsafe lstat(path, &there) == 0 else { return true }
        guard unsafe lstat(temporary, &own) == 0 else { return false }
        return there.st_dev == own.st_dev && there.st_ino == own.st_ino
    }

    /// Gives a finished file its name, in a folder that is there.
    static func publish(_ entry: OutputEntry) throws(FileFailure) {
        var final = free(entry.final, for: entry.temporary)
        while try !FileSystem.rename(entry.temporary, toFree: final) { final = free(final, for: entry.temporary) }
    }
}
