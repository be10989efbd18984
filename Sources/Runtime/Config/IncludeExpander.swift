internal import ConnectorKit

/// Merges the files that `"include"` names underneath the objects it stands in.
///
/// It may stand in a pipeline file, a pipeline, a source, a sink and a dead letter queue; a transform may have a setting
/// of that name, as `ReplaceField` does. Of several files a later one wins, and the including object wins over all.
struct IncludeExpander {
    private static let name = "include"
    /// Files that one pipeline file may take in, each as often as it is named.
    private static let mostIncludes = 1000

    private var files = ConfigFiles()
    private var variables: VariableResolver
    private var includes = 0

    init(variables: VariableResolver) { self.variables = variables }

    /// The pipelines of a file, with everything merged.
    mutating func pipelines(of file: ConfigNode, _ findings: inout Findings) -> [ConfigNode] {
        let root = expand(file, chain: [file.location.file ?? ""], &findings)
        guard let list = root["pipelines"] else { return [expandConnectors(of: root, &findings)] }
        guard let elements = list.elements else {
            findings.add("pipelines is \(list.kindName); expected a list of pipeline objects", at: list.location)
            return []
        }
        for member in root.members ?? [] where member.name != "pipelines" && member.name != "$schema" {
            findings.add(
                "\"\(member.name)\" stands beside \"pipelines\"; move it into the pipelines", at: member.nameLocation)
        }
        return elements.map { expandConnectors(of: expandHere($0, &findings), &findings) }
    }

    private mutating func expandConnectors(of pipeline: ConfigNode, _ findings: inout Findings) -> ConfigNode {
        guard let members = pipeline.members else { return pipeline }
        var expanded: [ConfigMember] = []
        for member in members {
            var value = member.value
            switch member.name {
            case "source", "errors.deadletterqueue": value = expandHere(value, &findings)
            case "sinks":
                guard let sinks = value.elements else { break }
                value = ConfigNode(.array(sinks.map { expandHere($0, &findings) }), at: value.location)
            default: break
            }
            expanded.append(ConfigMember(name: member.name, nameLocation: member.nameLocation, value: value))
        }
        return ConfigNode(.object(expanded), at: pipeline.location)
    }

    private mutating func expandHere(_ node: ConfigNode, _ findings: inout Findings) -> ConfigNode {
        expand(node, chain: [node.location.file ?? ""], &findings)
    }

    private mutating func expand(_ node: ConfigNode, chain: [String], _ findings: inout Findings) -> ConfigNode {
        guard let members = node.members, let include = node[Self.name] else { return node }
        let own = ConfigNode(.object(members.filter { $0.name != Self.name }), at: node.location)
        var result = ConfigNode(.object([]), at: node.location)
        for path in paths(of: include, &findings) {
            guard let included = read(path, chain: chain, &findings) else { continue }
            result = merged(included, over: result)
        }
        return merged(own, over: result)
    }

    private mutating func paths(of include: ConfigNode, _ findings: inout Findings) -> [ConfigNode] {
        let resolved = variables.resolve(include, &findings)
        let list = resolved.elements ?? [resolved]
        let texts = list.filter { if case .string = $0.content { true } else { false } }
        if texts.count < list.count {
            findings.add(
                "include is not understood; expected the path of a file or a list of paths", at: include.location)
        }
        return texts
    }

    private mutating func read(_ path: ConfigNode, chain: [String], _ findings: inout Findings) -> ConfigNode? {
        let file = beside(path.scalarText ?? "", path.location)
        let names = (chain + [file]).joined(separator: " includes ")
        if chain.contains(file) {
            findings.add("\(names) again; remove one of these includes", at: path.location)
            return nil
        }
        includes += 1
        if includes > Self.mostIncludes {
            guard includes == Self.mostIncludes + 1 else { return nil }
            findings.add("more than \(Self.mostIncludes) files are included; include fewer", at: path.location)
            return nil
        }
        do throws(ConfigProblem) {
            let node = try files.parsed(file, at: path.location)
            guard node.members != nil else {
                throw ConfigProblem("\(names), which is \(node.kindName); expected an object", at: path.location)
            }
            return expand(node, chain: chain + [file], &findings)
        } catch {
            findings.add(chain.count > 1 ? ConfigProblem("\(error.message) (\(names))", at: error.location) : error)
            return nil
        }
    }

    /// Both sets of members; of two of the same name the upper one, and of two objects the members of both.
    private func merged(_ upper: ConfigNode, over lower: ConfigNode) -> ConfigNode {
        guard let members = upper.members, let others = lower.members else { return upper }
        let values = Dictionary(others.map { ($0.name, $0.value) }) { first, _ in first }
        let kept = members.map { member in
            guard let other = values[member.name] else { return member }
            return ConfigMember(
                name: member.name, nameLocation: member.nameLocation, value: merged(member.value, over: other))
        }
        let names = Set(members.map(\.name))
        return ConfigNode(.object(kept + others.filter { !names.contains($0.name) }), at: upper.location)
    }
}
