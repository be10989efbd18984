public import ConnectorKit

/// A pipeline as a drawing.
public struct PipelineGraph: Sendable {
    /// How it is drawn.
    public enum Format: String, Sendable, CaseIterable {
        /// With lines, for a terminal.
        case text
        /// For Graphviz.
        case dot
        /// For Mermaid, which Markdown viewers draw.
        case mermaid
    }

    /// A box of the drawing.
    struct Node: Hashable {
        let id: String
        let title: String
    }

    private let pipeline: PipelineConfig

    /// Draws `pipeline`.
    public init(_ pipeline: PipelineConfig) { self.pipeline = pipeline }

    /// The drawing, without a newline at its end.
    public func drawn(_ format: Format) -> String {
        switch format {
        case .text: text
        case .dot: dot
        case .mermaid: mermaid
        }
    }

    /// The drawing as data: nodes and the edges between them.
    public var json: JSONTree {
        [
            "pipeline": .string(pipeline.name),
            "nodes": .array(nodes.map { ["id": .string($0.id), "title": .string($0.title)] }),
            "edges": .array(edges.map { ["from": .string($0.0), "to": .string($0.1)] }),
        ]
    }

    private var chain: [Node] {
        [Node(id: "source", title: "source \(pipeline.source.definition.name)")] + steps(pipeline.transforms, "t")
    }

    private var branches: [[Node]] {
        pipeline.sinks.enumerated().map { index, sink in
            steps(sink.transforms, "s\(index)t") + [Node(id: "sink\(index)", title: title(sink, "sink"))]
        }
    }

    private var deadLetters: Node? {
        pipeline.errors.deadLetterSink.map { Node(id: "dead", title: title($0, "dead letters")) }
    }

    private var nodes: [Node] { chain + branches.flatMap(\.self) + (deadLetters.map { [$0] } ?? []) }

    private var edges: [(String, String)] {
        let trunk = chain.last?.id ?? ""
        let inner = zip(chain, chain.dropFirst()).map { ($0.id, $1.id) }
        let outer = branches.flatMap { branch in
            zip([trunk] + branch.map(\.id), branch.map(\.id)).map { ($0, $1) }
        }
        return inner + outer + (deadLetters.map { [(trunk, $0.id)] } ?? [])
    }

    private func title(_ sink: SinkConfig, _ kind: String) -> String {
        let name = sink.definition.name
        return sink.name == name ? "\(kind) \(name)" : "\(kind) \(sink.name) (\(name))"
    }

    private func steps(_ transforms: [TransformStep], _ prefix: String) -> [Node] {
        transforms.enumerated().map { index, step in
            let condition = step.predicate.map { " \($0.isNegated ? "unless" : "where") \($0.definition.name)" } ?? ""
            return Node(id: "\(prefix)\(index)", title: step.type + condition)
        }
    }

    private var text: String {
        let tasks = pipeline.tasksMax == 1 ? "1 task" : "up to \(pipeline.tasksMax) tasks"
        var lines = ["\(pipeline.name) (\(tasks))"] + chain.flatMap { ["  \($0.title)", "    │"] }
        let ends = branches.map { $0.map(\.title).joined(separator: " ─▶ ") } + (deadLetters.map { [$0.title] } ?? [])
        for (index, end) in ends.enumerated() {
            lines.append("    \(index == ends.count - 1 ? "└" : "├")─▶ \(end)")
        }
        return lines.joined(separator: "\n")
    }

    private var dot: String {
        let boxes = nodes.map { "  \($0.id) [label=\($0.title.jsonQuoted)];" }
        let arrows = edges.map { "  \($0.0) -> \($0.1)\($0.1 == "dead" ? " [style=dashed]" : "");" }
        return
            (["digraph \(pipeline.name.jsonQuoted) {", "  rankdir=LR;", "  node [shape=box];"] + boxes + arrows + ["}"])
            .joined(separator: "\n")
    }

    private var mermaid: String {
        let boxes = nodes.map { "  \($0.id)[\"\($0.title.replacing("\"", with: "#quot;"))\"]" }
        let arrows = edges.map { "  \($0.0) \($0.1 == "dead" ? "-.->" : "-->") \($0.1)" }
        return (["flowchart LR"] + boxes + arrows).joined(separator: "\n")
    }
}
