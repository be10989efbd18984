import ConnectorKit
import Runtime

extension Command {
    private static let format = Flag(
        name: "--format", value: "FORMAT", summary: "text, dot or mermaid.",
        choices: PipelineGraph.Format.allCases.map(\.rawValue))

    static let graph = Command(
        name: "graph", summary: "Draw pipelines.", operands: "FILE|DIR…", operandCount: 1...Int.max,
        flags: [format, .json] + WorkerFlags.pipelines, example: "sluice graph pipeline.json --format mermaid",
        run: { arguments, terminal in
            let graphs = try arguments.pipelines(arguments.workerConfig()).map(PipelineGraph.init)
            if arguments.has(.json) {
                terminal.print(JSONTree.array(graphs.map(\.json)).text)
                return .success
            }
            let format = arguments[format].flatMap(PipelineGraph.Format.init) ?? .text
            terminal.print(graphs.map { $0.drawn(format) }.joined(separator: "\n\n"))
            return .success
        })
}
