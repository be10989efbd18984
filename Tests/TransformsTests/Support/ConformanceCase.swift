import ConnectorKit
import Testing

/// One line of the conformance file.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    let line: String
    let node: ConfigNode

    var transform: String { node["transform"]?.scalarText ?? "" }
    var transformName: String { String(transform.prefix { $0 != "$" }) }
    var config: String { node["config"].map(json) ?? "{}" }
    var isNegated: Bool { node["negate"]?.scalarText == "true" }
    var isDropped: Bool { node["dropped"]?.scalarText == "true" }
    /// `configure` or `apply`; nil when the case passes.
    var failingPhase: String? { node["error"] == nil ? nil : node["phase"]?.scalarText }
    var testDescription: String { "\(transform): \(node["note"]?.scalarText ?? line)" }

    var predicate: (type: String, config: String)? {
        guard let predicate = node["predicate"], let members = predicate.members else { return nil }
        let settings = members.filter { $0.name != "type" }
        return (predicate["type"]?.scalarText ?? "", json(ConfigNode(.object(settings))))
    }

    private var input: ConfigNode { node["input"] ?? ConfigNode(.object([])) }

    func appendInput(to batch: inout RecordBatch) throws {
        var record = TestRecord(value: input["value"].map(json) ?? "null", key: input["key"].map(json))
        record.headers = input["headers"].map(json) ?? "[]"
        record.topic = input["topic"]?.scalarText ?? "test"
        record.partition = input["partition"] == nil ? 0 : input["partition"]?.scalarText.flatMap { Int32($0) }
        record.timestamp = input["timestamp"]?.scalarText.flatMap { Int64($0) }
        if input["record"]?.scalarText != "source" {
            record.offset = input["offset"]?.scalarText.flatMap { Int64($0) } ?? 0
        }
        try record.append(to: &batch)
    }

    /// The record expected: what is not mentioned is as it was in the input.
    func expected() throws -> Outcome.Passed {
        let result = try #require(node["expected"])
        func part(_ name: String) -> ConfigNode? { result[name] ?? input[name] }
        return Outcome.Passed(
            value: JSON(try #require(result["value"])), key: part("key").map { JSON($0) } ?? .null,
            headers: (part("headers")?.elements ?? []).map { JSON($0) }, topic: part("topic")?.scalarText ?? "test",
            partition: input["partition"] == nil ? 0 : input["partition"]?.scalarText.flatMap { Int32($0) },
            timestamp: input["timestamp"]?.scalarText.flatMap { Int64($0) })
    }

    private func json(_ node: ConfigNode) -> String {
        switch node.content {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let text): text
        case .string(let text): quoted(text)
        case .array(let elements): "[" + elements.map(json).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { quoted($0.name) + ":" + json($0.value) }.joined(separator: ",") + "}"
        }
    }

    private func quoted(_ text: String) -> String {
        PositionFields(["": .string(text)]).json.dropFirst(4).dropLast().description
    }
}
