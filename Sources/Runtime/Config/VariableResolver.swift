internal import ConnectorKit
internal import Glibc

/// Puts values in the place of `${env:NAME}`, `${env:NAME:-default}`, `${file:path:key}` and `${dir:path:name}`.
///
/// Paths are relative to the file that names them. Other texts in `${}` belong to the connectors' templates; they stay and
/// are noted. `$${` is a plain `${`.
struct VariableResolver {
    private static let providers = ["env", "file", "dir"]
    private static let secretWords = ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "KEY", "CREDENTIAL", "AUTH"]

    /// What the variables stood for.
    private(set) var variables = ResolvedVariables()
    private var files = ConfigFiles()

    /// The same value with every variable replaced.
    mutating func resolve(_ node: ConfigNode, _ findings: inout Findings) -> ConfigNode {
        switch node.content {
        case .null, .bool, .number: return node
        case .string(let text):
            guard text.contains("${") else { return node }
            return resolve(text, of: node, &findings)
        case .array(let elements):
            return ConfigNode(.array(elements.map { resolve($0, &findings) }), at: node.location)
        case .object(let members):
            let resolved = members.map { member in
                ConfigMember(
                    name: member.name, nameLocation: member.nameLocation, value: resolve(member.value, &findings))
            }
            return ConfigNode(.object(resolved), at: node.location)
        }
    }

    private mutating func resolve(_ text: String, of node: ConfigNode, _ findings: inout Findings) -> ConfigNode {
        var result = ""
        var rest = text[...]
        var ends = ReferenceEnds()
        var isResolved = false
        while let start = rest.firstRange(of: "${") {
            let isEscaped = rest[..<start.lowerBound].last == "$"
            result += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            if isEscaped {
                result.removeLast()
                result += "${"
                rest = rest.dropFirst(2)
                continue
            }
            let reference = ends.reference(at: rest)
            guard let variable = reference.flatMap(Variable.init) else {
                noteText(reference, at: rest, of: node, &findings)
                result += rest.prefix(2)
                rest = rest.dropFirst(2)
                continue
            }
            do throws(ConfigProblem) {
                result += try value(of: variable, at: node.location)
                isResolved = isResolved || Self.providers.contains(variable.provider)
            } catch {
                findings.add(error)
            }
            rest = rest[rest.utf8.index(rest.startIndex, offsetBy: variable.reference.utf8.count)...]
        }
        return ConfigNode(.string(result + rest), at: node.location, written: isResolved ? text : nil)
    }

    /// Notes what begins like a variable and is none.
    private mutating func noteText(
        _ reference: String?, at rest: Substring, of node: ConfigNode, _ findings: inout Findings
    ) {
        if let provider = Self.providers.first(where: { rest.hasPrefix("${\($0):") }) {
            findings.add("${\(provider):… is not closed; end it with }", at: node.location)
        } else {
            variables.unresolved.note(reference ?? "${", at: node.location)
        }
    }

    private mutating func value(of variable: Variable, at place: ConfigLocation) throws(ConfigProblem) -> String {
        let text: String
        switch variable.provider {
        case "env": text = try environment(variable, at: place)
        case "file": text = try entry(variable, at: place)
        case "dir": text = try content(variable, at: place)
        default:
            guard let hint = nearest(variable.provider, in: Self.providers) else {
                variables.unresolved.note(variable.reference, at: place)
                return variable.reference
            }
            throw ConfigProblem(
                "\(variable.reference) names no known kind of variable; did you mean \"${\(hint):…}\"?", at: place)
        }
        if !variable.isDefault(text) { variables.note(text, for: variable.reference, isSecret: isSecret(variable)) }
        return text
    }

    private func isSecret(_ variable: Variable) -> Bool {
        variable.provider != "env" || Self.secretWords.contains(where: variable.argument.uppercased().contains)
    }

    private func environment(_ variable: Variable, at place: ConfigLocation) throws(ConfigProblem) -> String {
        let (name, absent) = variable.nameAndDefault
        let value = unsafe getenv(name).map { unsafe String(cString: $0) }
        if let absent, value?.isEmpty ?? true { return absent }
        if let value { return value }
        throw ConfigProblem(
            "the environment variable \(name) is not set; set it, or write ${env:\(name):-default}", at: place)
    }

    private mutating func entry(_ variable: Variable, at place: ConfigLocation) throws(ConfigProblem) -> String {
        let (path, key) = try pair(variable, "${file:path:key}", at: place)
        let node = try files.parsed(beside(path, place), at: place)
        if let text = node[key]?.scalarText { return text }
        let names = (node.members ?? []).map(\.name)
        let hint = nearest(key, in: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw ConfigProblem("\(path) has no key \"\(key)\" with a text\(hint)", at: place)
    }

    private func content(_ variable: Variable, at place: ConfigLocation) throws(ConfigProblem) -> String {
        let (path, name) = try pair(variable, "${dir:path:name}", at: place)
        guard !name.contains("/") else {
            throw ConfigProblem("\(variable.reference) names a path; expected the name of a file in \(path)", at: place)
        }
        let text = try ConfigFiles.text(of: beside("\(path)/\(name)", place), at: place)
        return String(text.last?.isNewline == true ? text.dropLast() : text[...])
    }

    private func pair(
        _ variable: Variable, _ expected: String, at place: ConfigLocation
    ) throws(ConfigProblem) -> (String, String) {
        let parts = variable.argument.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw ConfigProblem("\(variable.reference) is incomplete; expected \(expected)", at: place)
        }
        return (parts[0], parts[1])
    }
}

/// Finds where references end, looking at each character once.
private struct ReferenceEnds {
    /// Longer ones are taken for text, in bytes.
    private static let longest = 4096

    private var next: String.Index?
    private var isAtLast = false

    /// The `${…}` that a text begins with; nil when it is not closed.
    mutating func reference(at text: Substring) -> String? {
        if !isAtLast, next.map({ $0 < text.startIndex }) ?? true {
            next = text.utf8.firstIndex(of: UInt8(ascii: "}"))
            isAtLast = next == nil
        }
        guard let next, next > text.startIndex,
            text.utf8.distance(from: text.startIndex, to: next) < Self.longest
        else { return nil }
        return String(text[...next])
    }
}

/// A reference such as `${env:HOME}`.
private struct Variable {
    let reference: String
    let provider: String
    let argument: String

    /// The parts of `NAME:-default`; a nil default is none.
    var nameAndDefault: (String, String?) {
        guard let separator = argument.firstRange(of: ":-") else { return (argument, nil) }
        return (String(argument[..<separator.lowerBound]), String(argument[separator.upperBound...]))
    }

    /// Whether a text stands in the configuration for all to see.
    func isDefault(_ text: String) -> Bool { provider == "env" && nameAndDefault.1 == text }

    /// nil when the reference has no colon.
    init?(_ text: String) {
        let inner = text.dropFirst(2).dropLast()
        guard let colon = inner.firstIndex(of: ":") else { return nil }
        reference = text
        provider = String(inner[..<colon])
        argument = String(inner[inner.index(after: colon)...])
    }
}
