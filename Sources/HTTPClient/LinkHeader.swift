/// One link of a `Link` header (RFC 8288 section 3).
public struct LinkHeader: Sendable, Hashable {
    /// As it was written between the angle brackets: may be relative to the address of the response.
    public let target: String
    /// The relation types of the first `rel`, in lower case; empty when there is none.
    public let relations: [String]

    /// Reads every link of every field value; what is not a link ends the reading of that value.
    public static func parse(_ values: [String]) -> [LinkHeader] {
        values.flatMap { value in
            var scanner = LinkScanner(value)
            return scanner.links()
        }
    }

    /// The target of the first link with this relation; nil when there is none.
    public static func target(of relation: String, in values: [String]) -> String? {
        parse(values).first { $0.relations.contains(relation) }?.target
    }
}

/// Reads `<target>; name=value; name="quoted \" value", <target>…` from left to right.
private struct LinkScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    mutating func links() -> [LinkHeader] {
        var links: [LinkHeader] = []
        repeat {
            // Empty elements of a list are allowed.
            while take(",") {}
            guard take("<"), let target = text(upTo: ">") else { break }
            links.append(LinkHeader(target: target, relations: relations()))
        } while take(",")
        return links
    }

    /// Reads the parameters; only the first `rel` counts.
    private mutating func relations() -> [String] {
        var found: [String]?
        while take(";") {
            let name = token().lowercased()
            let value = take("=") ? self.value() : ""
            if name == "rel", found == nil { found = value.lowercased().split(separator: " ").map(String.init) }
        }
        return found ?? []
    }

    private mutating func value() -> String { take("\"") ? quoted() : token() }

    private mutating func token() -> String {
        skipWhite()
        let end = rest.firstIndex { ";,= \t\"".utf8.contains($0) } ?? rest.endIndex
        defer { rest = rest[end...] }
        return String(Substring(rest[..<end]))
    }

    private mutating func quoted() -> String {
        var out: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            out.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func text(upTo end: Unicode.Scalar) -> String? {
        guard let index = rest.firstIndex(of: UInt8(ascii: end)) else { return nil }
        defer { rest = rest[rest.index(after: index)...] }
        return String(Substring(rest[..<index]))
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipWhite()
        guard rest.first == UInt8(ascii: scalar) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipWhite() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
}
