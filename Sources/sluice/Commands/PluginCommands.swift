import ConnectorKit
import Runtime

extension Command {
    static let pluginsList = Command(
        name: "plugins list", summary: "List what is installed.", flags: [.json] + WorkerFlags.plugins,
        example: "sluice plugins list --json",
        run: { arguments, terminal in
            let (reference, status) = try installed(arguments, terminal)
            if arguments.has(.json) {
                terminal.print(JSONTree.array(reference.entries.map(\.json)).text)
            } else {
                let rows = reference.entries.map {
                    ("\($0.kind.rawValue.padded(9))  \($0.name)", "\($0.version)  \($0.summary)")
                }
                terminal.print(columns(rows))
            }
            return status
        })

    static let pluginsDescribe = Command(
        name: "plugins describe",
        summary: "Show the manual of a connector, a transform or predicate, of pipeline or worker.", operands: "NAME",
        operandCount: 1...1, flags: [.json] + WorkerFlags.plugins, example: "sluice plugins describe file",
        run: { arguments, terminal in
            let (reference, _) = try installed(arguments, terminal)
            let name = arguments.operands[0]
            let entries = reference.entries.filter { $0.name == name }
            if let own = ownSettings[name] {
                let reference = "# \(name)\n\n\(own.markdown)"
                terminal.print(arguments.has(.json) ? own.schema.text : reference)
                return .success
            }
            if entries.isEmpty {
                let hint = nearest(name, in: reference.entries.map(\.name)).map { "did you mean \"\($0)\"?" }
                throw CommandFailure(
                    .environment, "nothing installed is named \"\(name)\"; \(hint ?? "see: sluice plugins list")")
            }
            let json = JSONTree.array(entries.map(\.detailedJSON))
            terminal.print(
                arguments.has(.json) ? json.text : entries.map(\.markdown).joined(separator: "\n\n"))
            return .success
        })

    static let schema = Command(
        name: "schema", summary: "Print the JSON Schema of pipeline files, so that an editor completes and checks.",
        flags: WorkerFlags.plugins, example: "sluice schema > sluice.schema.json",
        run: { arguments, terminal in
            let (plugins, failures) = arguments.catalog(try arguments.workerConfig()).all()
            for failure in failures { terminal.error(failure.message) }
            terminal.print(pipelineSchema(plugins).text)
            return failures.isEmpty ? .success : .environment
        })

    private static func installed(
        _ arguments: Arguments, _ terminal: Terminal
    ) throws -> (PluginReference, ExitStatus) {
        let (plugins, failures) = arguments.catalog(try arguments.workerConfig()).all()
        for failure in failures { terminal.error(failure.message) }
        return (PluginReference(plugins), failures.isEmpty ? .success : .environment)
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
