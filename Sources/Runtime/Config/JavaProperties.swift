internal import ConnectorKit

/// Reads Java properties files (`java.util.Properties.load`), the format of Kafka Connect's connector files.
///
/// A name that stands twice keeps its last value, as in Java.
struct JavaProperties {
    /// The members are strings.
    static func parse(_ text: String, file: String?) -> ConfigNode {
        var members: [ConfigMember?] = []
        var places: [String: Int] = [:]
        for line in logicalLines(text) {
            guard let (name, value, column) = split(line.text) else { continue }
            let pointer = "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
            let place = ConfigLocation(file: file, line: line.number, column: column, pointer: pointer)
            if let earlier = places.updateValue(members.count, forKey: name) { members[earlier] = nil }
            members.append(ConfigMember(name: name, nameLocation: place, value: ConfigNode(.string(value), at: place)))
        }
        return ConfigNode(.object(members.compactMap(\.self)), at: ConfigLocation(file: file, line: 1, column: 1))
    }

    /// Lines with their continuations, which a backslash at the end asks for.
    private static func logicalLines(_ text: String) -> [(number: Int, text: String)] {
        var lines: [(number: Int, text: String)] = []
        var isContinued = false
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let isComment = line.first { !isSpace($0) }.map { $0 == "#" || $0 == "!" } ?? false
            if isComment, !isContinued { continue }
            let slashes = line.reversed().prefix { $0 == "\\" }.count
            let content = slashes % 2 == 1 ? line.dropLast() : line
            if isContinued, let last = lines.indices.last {
                lines[last].text += content.drop(while: isSpace)
            } else {
                lines.append((index + 1, String(content)))
            }
            isContinued = slashes % 2 == 1
        }
        return lines
    }

    private static func isSpace(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\u{C}"
    }

    /// Name and value around the first bare `=`, `:` or white space, and the column of the name.
    private static func split(_ line: String) -> (name: String, value: String, column: Int)? {
        let trimmed = line.drop(while: isSpace)
        guard !trimmed.isEmpty else { return nil }
        var end = trimmed.startIndex
        while end < trimmed.endIndex, !isSpace(trimmed[end]), trimmed[end] != "=", trimmed[end] != ":" {
            if trimmed[end] == "\\" { end = trimmed.index(after: end) }
            if end < trimmed.endIndex { end = trimmed.index(after: end) }
        }
        var value = trimmed[end...].drop(while: isSpace)
        if value.first == "=" || value.first == ":" { value = value.dropFirst().drop(while: isSpace) }
        let column = line.count - trimmed.count + 1
        return (unescaped(trimmed[..<end]), unescaped(value), column)
    }

    private static func unescaped(_ text: Substring) -> String {
        var units: [UInt16] = []
        var rest = text.utf16[...]
        while let unit = rest.popFirst() {
            guard unit == UInt16(ascii: "\\"), let escaped = rest.popFirst() else {
                units.append(unit)
                continue
            }
            switch escaped {
            case UInt16(ascii: "n"): units.append(10)
            case UInt16(ascii: "r"): units.append(13)
            case UInt16(ascii: "t"): units.append(9)
            case UInt16(ascii: "f"): units.append(12)
            case UInt16(ascii: "u"):
                let digits = rest.prefix(4)
                units.append(UInt16(String(decoding: digits, as: UTF16.self), radix: 16) ?? 0xFFFD)
                rest = rest.dropFirst(4)
            default: units.append(escaped)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}

extension UInt16 {
    fileprivate init(ascii scalar: Unicode.Scalar) { self = UInt16(UInt8(ascii: scalar)) }
}
