internal import ConnectorKit

extension PipelineReader {
    /// The chain of a pipeline or a sink.
    ///
    /// - Parameter label: What each step's label begins with.
    mutating func transforms(of owner: ConfigNode, label: String) -> [TransformStep] {
        guard let list = owner["transforms"] else { return [] }
        guard let nodes = list.elements else {
            findings.add(
                "transforms is \(list.kindName); expected a list of objects such as {\"type\": \"Cast$Value\", …}",
                at: list.location)
            return []
        }
        return nodes.enumerated().compactMap { index, node in
            step(node, label: FlatConfig.alias(of: node) ?? "\(label)transforms/\(index)")
        }
    }

    private mutating func step(_ node: ConfigNode, label: String) -> TransformStep? {
        let type = typeName(of: node, what: "the transform", example: "Cast$Value")
        let found = type.flatMap { definition(of: $0) }
        let predicate = predicate(of: node)
        guard let (definition, part) = found else { return nil }
        let subject = "transform \"\(definition.name)\""
        let own: Set<String> = ["type", "predicate", "negate"]
        guard let values = settings(of: node, definition.config, subject: subject, own: own) else { return nil }
        let step = TransformStep(
            label: label, definition: definition, part: part, values: values, predicate: predicate)
        noteFailure(of: subject, at: node.location) { _ = try definition.make(values, part) }
        return step
    }

    private mutating func definition(of type: ConfigNode) -> (TransformDefinition, RecordPart)? {
        guard let (name, part) = split(type),
            let definition = find(
                type, named: name, { catalog, name throws(PluginFailure) in try catalog.transform(name) }),
            isPartAllowed(definition, type)
        else { return nil }
        return (definition, part)
    }

    private mutating func predicate(of step: ConfigNode) -> PredicateStep? {
        guard let node = step["predicate"] else {
            if let negate = step["negate"] {
                findings.add("negate has no predicate to turn around; add one or remove it", at: negate.location)
            }
            return nil
        }
        guard let type = typeName(of: node, what: "the predicate", example: "TopicNameMatches"),
            let definition = find(
                type, named: Self.simpleName(type),
                { catalog, name throws(PluginFailure) in try catalog.predicate(name) }),
            let values = settings(
                of: node, definition.config, subject: "predicate \"\(definition.name)\"", own: ["type"])
        else { return nil }
        noteFailure(of: "predicate \"\(definition.name)\"", at: node.location) { _ = try definition.make(values) }
        return PredicateStep(definition: definition, values: values, isNegated: isNegated(step))
    }

    private mutating func isNegated(_ step: ConfigNode) -> Bool {
        guard let negate = step["negate"] else { return false }
        switch negate.scalarText?.lowercased() {
        case "true": return true
        case "false": return false
        default:
            findings.add("negate is \(negate.kindName); expected true or false", at: negate.location)
            return false
        }
    }

    private mutating func typeName(of node: ConfigNode, what: String, example: String) -> ConfigNode? {
        guard node.members != nil else {
            findings.add(
                "\(what) is \(node.kindName); expected an object such as {\"type\": \"\(example)\", …}",
                at: node.location)
            return nil
        }
        guard let type = node["type"], type.scalarText != nil else {
            findings.add("\(what) needs the setting type, for example \"type\": \"\(example)\"", at: node.location)
            return nil
        }
        return type
    }

    /// A type without the package of its Java class: `org.apache.kafka.connect.transforms.Cast$Value` is `Cast$Value`.
    private static func simpleName(_ type: ConfigNode) -> String {
        (type.scalarText ?? "").split(separator: ".").last.map(String.init) ?? ""
    }

    /// The name and the part of a type such as `Cast$Key`; the value when it names none.
    private mutating func split(_ type: ConfigNode) -> (String, RecordPart)? {
        let parts = Self.simpleName(type).split(separator: "$", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        guard parts.count == 2 else { return (name, .value) }
        if let part = RecordPart(rawValue: String(parts[1])) { return (name, part) }
        findings.add(
            "the type of a transform ends in \"$\(parts[1])\"; expected \(name)$Key or \(name)$Value", at: type.location
        )
        return nil
    }

    private mutating func isPartAllowed(_ definition: TransformDefinition, _ type: ConfigNode) -> Bool {
        guard !definition.worksOnParts, type.scalarText?.contains("$") == true else { return true }
        findings.add(
            "transform \"\(definition.name)\" works on whole records; write \"type\": \"\(definition.name)\"",
            at: type.location)
        return false
    }

    /// Makes an instance only to learn whether the settings are good for one.
    private mutating func noteFailure(of subject: String, at place: ConfigLocation, _ make: () throws -> Void) {
        do { try make() } catch { findings.add("\(subject): \(error)", at: place) }
    }
}
