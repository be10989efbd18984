import Formats
import Glibc

/// One pattern of a `path` or `exclude` setting, taken apart: folders and names in it. Pure, and compared by bytes.
struct PathPattern: Sendable, Equatable {
    /// What stands between two slashes.
    enum Part: Sendable, Equatable {
        /// A name as it is.
        case name(String)
        /// A name with `*`, `?` or `[…]`.
        case pattern(String)
        /// `**`: any number of folders, none too.
        case anyFolders
    }

    /// The text as it was set, made absolute.
    let text: String
    let parts: [Part]

    /// - Parameter text: An absolute path without braces.
    init(_ text: String) {
        self.text = text
        let names = text.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        var parts: [Part] = []
        for name in names where name != "." {
            if name == "**" {
                if parts.last != .anyFolders { parts.append(.anyFolders) }
            } else {
                parts.append(Self.isPattern(name) ? .pattern(name) : .name(name))
            }
        }
        // A last ** stands for every file below.
        if parts.last == .anyFolders { parts.append(.pattern("*")) }
        self.parts = parts
    }

    /// Whether it names one file alone.
    var isName: Bool { parts.allSatisfy { if case .name = $0 { true } else { false } } }

    /// Whether the whole path matches.
    func matches(_ path: String) -> Bool {
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        return Self.match(parts[...], names[...])
    }

    private static func match(_ parts: ArraySlice<Part>, _ names: ArraySlice<String>) -> Bool {
        guard let part = parts.first else { return names.isEmpty }
        if part == .anyFolders {
            return (names.startIndex...names.endIndex).contains { match(parts.dropFirst(), names[$0...]) }
        }
        guard let name = names.first, Self.match(part, name) else { return false }
        return match(parts.dropFirst(), names.dropFirst())
    }

    /// Whether one name matches; a pattern does not match the dot of a hidden one.
    static func match(_ part: Part, _ name: String) -> Bool {
        switch part {
        case .name(let own): own.utf8.elementsEqual(name.utf8)
        case .pattern(let pattern): unsafe fnmatch(pattern, name, FNM_PERIOD) == 0
        case .anyFolders: true
        }
    }

    private static func isPattern(_ name: String) -> Bool { name.utf8.contains { "*?[".utf8.contains($0) } }
}

extension PathPattern {
    /// Why the braces of a setting cannot be read; nil when they can.
    static func fault(in text: String) -> String? {
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if depth < 0 { return "\(text) has a } without its {" }
        }
        return depth > 0 ? "\(text) has a { without its }; in a list with commas, write such a path as an element" : nil
    }

    /// `{a,b}` taken apart: every text it stands for, in order. Braces without a comma stay as they are.
    static func alternatives(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        guard let (open, close, commas) = group(in: bytes) else { return [text] }
        let (head, tail) = (bytes[..<open], bytes[(close + 1)...])
        var texts: [String] = []
        var start = open + 1
        for end in commas + [close] {
            let text = String(decoding: head + bytes[start..<end] + tail, as: UTF8.self)
            texts += alternatives(of: text)
            start = end + 1
        }
        return texts
    }

    /// The first group with a comma: its braces, and the commas that are its own.
    private static func group(in bytes: [UInt8]) -> (open: Int, close: Int, commas: [Int])? {
        for open in bytes.indices where bytes[open] == UInt8(ascii: "{") {
            var (depth, commas) = (0, [Int]())
            for at in open..<bytes.count {
                switch bytes[at] {
                case UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "}"): depth -= 1
                case UInt8(ascii: ",") where depth == 1: commas.append(at)
                default: break
                }
                if depth == 0 {
                    if commas.isEmpty { break }
                    return (open, at, commas)
                }
            }
        }
        return nil
    }
}
