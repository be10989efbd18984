public import ConnectorKit

/// The JSON Schema (draft 2020-12) of a pipeline file, covering the given plugins, so that an editor completes and checks.
public func pipelineSchema(_ plugins: [InstalledPlugin]) -> JSONTree {
    PipelineSchema(plugins: plugins).file
}

private struct PipelineSchema {
    private static let variable = "\\$\\{.+\\}"

    let sources: [SourceDefinition]
    let sinks: [SinkDefinition]
    let transforms: [TransformDefinition]
    let predicates: [PredicateDefinition]

    init(plugins: [InstalledPlugin]) {
        let manifests = plugins.map(\.manifest)
        sources = manifests.flatMap(\.sources).sorted { $0.name < $1.name }
        sinks = manifests.flatMap(\.sinks).sorted { $0.name < $1.name }
        transforms = manifests.flatMap(\.transforms).sorted { $0.name < $1.name }
        predicates = manifests.flatMap(\.predicates).sorted { $0.name < $1.name }
    }

    var file: JSONTree {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Sluice pipelines", "type": "object",
            "if": ["required": ["connector.class"]], "then": true,
            "else": [
                "if": ["required": ["pipelines"]],
                "then": [
                    "properties": [
                        "$schema": ["type": "string"], "include": Self.include,
                        "pipelines": ["type": "array", "items": Self.reference("pipeline")],
                    ],
                    "additionalProperties": false,
                ],
                "else": Self.reference("pipeline"),
            ],
            "$defs": .object(definitions),
        ]
    }

    private var definitions: [JSONTree.Member] {
        [
            .init("pipeline", pipeline),
            .init("source", choice("connector", of: sources.map { ($0.name, "source.\($0.name)", $0.documentation) })),
            .init("sink", choice("connector", of: sinks.map { ($0.name, "sink.\($0.name)", $0.documentation) })),
            .init("transform", choice("type", of: transforms.flatMap(Self.types))),
            .init(
                "predicate",
                choice("type", of: predicates.map { ($0.name, "predicate.\($0.name)", $0.documentation) })),
        ]
            + sources.map { .init("source.\($0.name)", Self.settings($0.config, own: ["connector": true])) }
            + sinks.map { .init("sink.\($0.name)", Self.settings($0.config, own: Self.sinkMembers)) }
            + transforms.map { .init("transform.\($0.name)", Self.settings($0.config, own: Self.stepMembers)) }
            + predicates.map { .init("predicate.\($0.name)", Self.settings($0.config, own: ["type": true])) }
    }

    private var pipeline: JSONTree {
        let definition = PipelineSettings.definition
        let own: [JSONTree.Member] = [
            .init("$schema", ["type": "string"]), .init("include", Self.include),
            .init("source", Self.reference("source")),
            .init("transforms", ["type": "array", "items": Self.reference("transform")]),
            .init("sinks", ["type": "array", "minItems": 1, "items": Self.reference("sink")]),
            .init("errors.deadletterqueue", Self.reference("sink")),
        ]
        return [
            "type": "object", "properties": .object(own + definition.schemaProperties), "additionalProperties": false,
            "anyOf": Self.required(["name", "source", "sinks"]),
        ]
    }

    private static let sinkMembers: JSONTree = [
        "connector": true, "name": ["type": "string"],
        // Of a dead letter queue alone.
        "letter.format": ["enum": ["object", "record"]], "context.headers.enable": ["type": ["boolean", "string"]],
        "transforms": ["type": "array", "items": reference("transform")],
    ]

    private static let stepMembers: JSONTree = [
        "type": true, "predicate": reference("predicate"), "negate": ["type": ["boolean", "string"]],
    ]

    private static let include: JSONTree = [
        "description": "Files whose members are merged underneath this object.",
        "anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]],
    ]

    private static func reference(_ name: String) -> JSONTree { ["$ref": .string("#/$defs/\(name)")] }

    /// The types that a transform is written as, and the definition of its settings.
    private static func types(_ transform: TransformDefinition) -> [(String, String, String)] {
        let parts = transform.worksOnParts ? RecordPart.allCases.map { "\(transform.name)$\($0.rawValue)" } : []
        return ([transform.name] + parts).map { ($0, "transform.\(transform.name)", transform.documentation) }
    }

    /// An object whose member `key` says which definition the others follow.
    private func choice(_ key: String, of options: [(name: String, definition: String, summary: String)]) -> JSONTree {
        let names = options.map { option -> JSONTree in
            ["const": .string(option.name), "description": .string(summary(of: option.summary))]
        }
        let rules = options.map { option -> JSONTree in
            [
                "if": [
                    "properties": .object([.init(key, ["const": .string(option.name)])]), "required": [.string(key)],
                ],
                "then": Self.reference(option.definition),
            ]
        }
        // A variable, or the class of a Java package.
        let other: JSONTree = ["type": "string", "pattern": .string(Self.variable + "|\\.")]
        let named: JSONTree = ["anyOf": .array(names + [other])]
        return [
            "type": "object", "properties": .object([.init(key, named)]), "anyOf": Self.required([key]),
            "allOf": .array(rules),
        ]
    }

    private static func settings(_ definition: ConfigDefinition, own: JSONTree) -> JSONTree {
        guard case .object(let members) = own else { return .null }
        // A transform may have a setting of this name; everywhere else it names a file.
        let including: [JSONTree.Member] =
            members.contains { $0.name == "type" } ? [] : [.init("include", include)]
        let names = definition.requiredNames
        let patterns = definition.schemaPatterns
        return .object(
            [.init("properties", .object(members + including + definition.schemaProperties))]
                + (patterns.isEmpty ? [] : [.init("patternProperties", .object(patterns))])
                + [
                    .init("additionalProperties", false),
                    .init("anyOf", including.isEmpty ? [["required": JSONTree(names)]] : required(names)),
                ])
    }

    /// What must be given, unless an included file may give it.
    private static func required(_ names: [String]) -> JSONTree {
        [["required": JSONTree(names)], ["required": ["include"]]]
    }
}

/// The first sentence of a documentation text, without Markdown's line breaks.
func summary(of documentation: String) -> String {
    let text = documentation.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard let end = text.firstRange(of: ". ") else { return text }
    return String(text[..<end.lowerBound]) + "."
}
