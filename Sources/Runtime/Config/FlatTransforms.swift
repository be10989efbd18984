internal import ConnectorKit

/// The transforms of a flat Kafka Connect configuration: `transforms`, `transforms.ALIAS.*`, `predicates.NAME.*`.
struct FlatTransforms {
    private let members: [ConfigMember]

    init(_ members: [ConfigMember]) { self.members = members }

    /// Whether a setting belongs here.
    static func owns(_ name: String) -> Bool {
        ["transforms", "predicates"].contains { name == $0 || name.hasPrefix($0 + ".") }
    }

    /// The transform objects in the order of the list, each with its predicate inside.
    func steps(_ findings: inout Findings) -> [ConfigNode] {
        let transforms = group("transforms", &findings)
        let predicates = group("predicates", &findings)
        return transforms.map { transform in
            guard let members = transform.node.members else { return transform.node }
            let resolved = members.map { member in
                member.name == "predicate" ? inlined(member, predicates, &findings) : member
            }
            return ConfigNode(.object(resolved), at: transform.node.location)
        }
    }

    private func inlined(
        _ member: ConfigMember, _ predicates: [(name: String, node: ConfigNode)], _ findings: inout Findings
    ) -> ConfigMember {
        let name = member.value.scalarText ?? ""
        if let predicate = predicates.first(where: { $0.name == name }) {
            return ConfigMember(name: member.name, nameLocation: member.nameLocation, value: predicate.node)
        }
        let hint = nearest(name, in: predicates.map(\.name)).map { "did you mean \"\($0)\"?" }
        findings.add(
            "\"\(name)\" is not among the predicates; \(hint ?? "add it to the setting predicates")",
            at: member.value.location)
        return ConfigMember(
            name: member.name, nameLocation: member.nameLocation,
            value: ConfigNode(.object([]), at: member.value.location))
    }

    /// The objects that a list of aliases names, and a problem for each setting of an alias that is not listed.
    private func group(_ kind: String, _ findings: inout Findings) -> [(name: String, node: ConfigNode)] {
        let list = members.first { $0.name == kind }?.value
        let aliases = aliases(list, kind, &findings)
        for member in members where member.name.hasPrefix(kind + ".") {
            let alias = member.name.dropFirst(kind.count + 1).prefix { $0 != "." }
            if aliases.contains(String(alias)) { continue }
            let hint = nearest(String(alias), in: aliases).map { "did you mean \"\($0)\"?" }
            findings.add(
                "\"\(alias)\" is not in the list \(kind); \(hint ?? "add it there or remove this setting")",
                at: member.nameLocation)
        }
        return aliases.map { ($0, settings(of: $0, kind, list)) }
    }

    private func aliases(_ list: ConfigNode?, _ kind: String, _ findings: inout Findings) -> [String] {
        guard let list else { return [] }
        let texts = list.elements?.compactMap(\.scalarText) ?? list.scalarText?.split(separator: ",").map(String.init)
        var seen: Set<String> = []
        return (texts ?? []).map(trimmed).filter { !$0.isEmpty }.filter { alias in
            if seen.insert(alias).inserted { return true }
            findings.add("\(kind) lists \"\(alias)\" twice; remove one of them", at: list.location)
            return false
        }
    }

    private func settings(of alias: String, _ kind: String, _ list: ConfigNode?) -> ConfigNode {
        let prefix = "\(kind).\(alias)."
        let settings = members.filter { $0.name.hasPrefix(prefix) }.map {
            ConfigMember(
                name: String($0.name.dropFirst(prefix.count)), nameLocation: $0.nameLocation, value: $0.value)
        }
        let first = settings.first?.nameLocation ?? list?.location ?? ConfigLocation()
        let place = ConfigLocation(
            file: first.file, line: first.line, column: first.column, pointer: "/\(kind).\(alias)")
        return ConfigNode(.object(settings), at: place)
    }

    private func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
