internal import ConnectorKit

/// Checks one pipeline object and resolves every name in it, noting all problems.
struct PipelineReader {
    let catalog: PluginCatalog
    var findings = Findings()
    /// Values of settings that are declared secret.
    private(set) var secrets: [String] = []
    private let variables: ResolvedVariables
    /// Whether the pipeline was a Kafka Connect configuration.
    private let isFlat: Bool
    private var warnings: [ConfigProblem] = []

    init(catalog: PluginCatalog, variables: ResolvedVariables, isFlat: Bool) {
        self.catalog = catalog
        self.variables = variables
        self.isFlat = isFlat
    }

    /// The pipeline; nil when there are problems.
    mutating func read(_ node: ConfigNode) -> PipelineConfig? {
        checkReferences(in: node, PipelineSettings.definition)
        let values = findings.collect { () throws(ConfigProblems) in
            try PipelineSettings.definition.validate(
                node, subject: "the pipeline", ignoring: PipelineSettings.structure)
        }
        guard node.members != nil else { return nil }
        let source = source(of: node)
        let transforms = transforms(of: node, label: "")
        let sinks = sinks(of: node)
        let deadLetters = deadLetterQueue(of: node, besides: sinks)
        let letterForm = deadLetterForm(of: node)
        if let values, values[PipelineSettings.tolerance] == .none, let queue = node["errors.deadletterqueue"] {
            findings.add(
                "the dead letter queue gets nothing while errors.tolerance is none; set errors.tolerance to all, or "
                    + "remove the queue", at: queue.location)
        }
        guard findings.isEmpty, let values, let source else { return nil }
        return PipelineConfig(
            name: values[PipelineSettings.name], location: node.location, source: source, transforms: transforms,
            sinks: sinks, errors: PipelineSettings.errors(values, deadLetterSink: deadLetters, letterForm),
            restart: PipelineSettings.restart(values), tasksMax: values[PipelineSettings.tasksMax],
            secrets: secrets + variables.secrets, warnings: warnings)
    }

    private mutating func checkReferences(in node: ConfigNode, _ definition: ConfigDefinition) {
        let problems = variables.unresolved.problems(in: node, definition, isTaken: isFlat)
        if isFlat { warnings += problems } else { problems.forEach { findings.add($0) } }
    }

    private mutating func deadLetterForm(of pipeline: ConfigNode) -> DeadLetterForm {
        let members = pipeline["errors.deadletterqueue"]?.members ?? []
        let own = ConfigNode(
            .object(members.filter { DeadLetterSettings.names.contains($0.name) }), at: pipeline.location)
        checkReferences(in: own, DeadLetterSettings.definition)
        let values = findings.collect { () throws(ConfigProblems) in
            try DeadLetterSettings.definition.validate(own, subject: "the dead letter queue")
        }
        return values.map {
            DeadLetterForm(shape: $0[DeadLetterSettings.shape], hasHeaders: $0[DeadLetterSettings.hasHeaders])
        } ?? DeadLetterForm()
    }

    /// The queue, under a name of its own: a sink keeps what it has unfinished by its name.
    private mutating func deadLetterQueue(of pipeline: ConfigNode, besides sinks: [SinkConfig]) -> SinkConfig? {
        guard let node = pipeline["errors.deadletterqueue"],
            let queue = sink(
                node, what: "the dead letter queue", label: "errors.deadletterqueue", defaultName: "dead-letters",
                own: DeadLetterSettings.names)
        else { return nil }
        if sinks.contains(where: { $0.name == queue.name }) {
            findings.add(
                "the dead letter queue and a sink are both named \"\(queue.name)\"; give one of them another \"name\"",
                at: node["name"]?.location ?? node.location)
        }
        return queue
    }

    private mutating func source(of pipeline: ConfigNode) -> SourceConfig? {
        guard let node = pipeline["source"] else {
            findings.add(
                "the pipeline needs a source, for example \"source\": {\"connector\": \"file\", …}",
                at: pipeline.location)
            return nil
        }
        guard let name = connectorName(of: node, what: "the source"),
            let definition = find(name, { catalog, name throws(PluginFailure) in try catalog.source(name) }),
            let values = settings(of: node, definition.config, subject: "source \"\(definition.name)\"")
        else { return nil }
        return SourceConfig(definition: definition, values: values, node: node)
    }

    private mutating func sinks(of pipeline: ConfigNode) -> [SinkConfig] {
        guard let list = pipeline["sinks"] else {
            findings.add(
                "the pipeline needs sinks, for example \"sinks\": [{\"connector\": \"stdout\"}]", at: pipeline.location)
            return []
        }
        guard let nodes = list.elements, !nodes.isEmpty else {
            let found = list.elements == nil ? list.kindName : "an empty list"
            findings.add("sinks is \(found); expected a list of at least one sink object", at: list.location)
            return []
        }
        var names: Set<String> = []
        return nodes.enumerated().compactMap { index, node in
            let sink = sink(node, what: "the sink", label: "sinks/\(index)")
            if let sink, !names.insert(sink.name).inserted {
                findings.add(
                    "two sinks are named \"\(sink.name)\"; give one of them another \"name\"",
                    at: node["name"]?.location ?? node.location)
            }
            return sink
        }
    }

    private mutating func sink(
        _ node: ConfigNode, what: String, label: String, defaultName: String? = nil, own: Set<String> = []
    ) -> SinkConfig? {
        guard let name = connectorName(of: node, what: what) else { return nil }
        let transforms = transforms(of: node, label: "\(label)/")
        guard let definition = find(name, { catalog, name throws(PluginFailure) in try catalog.sink(name) }),
            let values = settings(
                of: node, definition.config, subject: "sink \"\(definition.name)\"",
                own: own.union(["name", "transforms"]))
        else { return nil }
        let given = node["name"]?.scalarText ?? ""
        return SinkConfig(
            name: given.isEmpty ? defaultName ?? definition.name : given, definition: definition, values: values,
            transforms: transforms, node: node)
    }

    /// The `connector` of a source or sink object.
    private mutating func connectorName(of node: ConfigNode, what: String) -> ConfigNode? {
        guard node.members != nil else {
            findings.add(
                "\(what) is \(node.kindName); expected an object such as {\"connector\": \"file\", …}",
                at: node.location)
            return nil
        }
        guard let name = node["connector"] else {
            findings.add(
                "\(what) needs the setting connector, for example \"connector\": \"file\"", at: node.location)
            return nil
        }
        guard name.scalarText != nil else {
            findings.add("connector is \(name.kindName); expected the name of a connector", at: name.location)
            return nil
        }
        return name
    }

    /// What the catalog has for the name that stands at `node`.
    mutating func find<Definition>(
        _ node: ConfigNode, named name: String? = nil,
        _ look: (PluginCatalog, String) throws(PluginFailure) -> Definition
    ) -> Definition? {
        do throws(PluginFailure) { return try look(catalog, name ?? node.scalarText ?? "") } catch {
            findings.addEnvironmental(error.message, at: node.location)
            return nil
        }
    }

    /// The checked settings of a connector, transform or predicate.
    ///
    /// - Parameter own: Members that belong to the worker.
    mutating func settings(
        of node: ConfigNode, _ definition: ConfigDefinition, subject: String, own: Set<String> = []
    ) -> ConfigValues? {
        let declared = Set(definition.declarations.map(\.name))
        let misplaced = (node.members ?? []).filter {
            Self.isPipelineSetting($0.name) && !declared.contains($0.name) && !own.contains($0.name)
        }
        for member in misplaced {
            findings.add(
                "\(member.name) is a setting of the pipeline; move it out of this object, beside \"source\"",
                at: member.nameLocation)
        }
        remember(node, definition)
        checkReferences(in: node, definition)
        let ignoring = own.union(["connector"]).union(misplaced.map(\.name))
        return findings.collect { () throws(ConfigProblems) in
            try definition.validate(node, subject: subject, ignoring: ignoring)
        }
    }

    private static func isPipelineSetting(_ name: String) -> Bool {
        name != PipelineSettings.name.declaration.name
            && (PipelineSettings.definition.declarations.contains { $0.name == name }
                || name == "errors.deadletterqueue")
    }

    private mutating func remember(_ node: ConfigNode, _ definition: ConfigDefinition) {
        for declaration in definition.declarations where declaration.isSecret {
            if let text = node[declaration.name]?.scalarText { secrets.append(text) }
        }
    }
}
