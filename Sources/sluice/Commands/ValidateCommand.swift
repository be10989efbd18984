import ConnectorKit
import Runtime

extension Command {
    private static let connect = Flag(
        name: "--connect", summary: "Also reach every system the pipelines name, without moving records.")

    static let validate = Command(
        name: "validate", summary: "Check pipelines and tell every problem at once.", operands: "FILE|DIR…",
        operandCount: 1...Int.max, flags: [connect, .json] + WorkerFlags.pipelines,
        example: "sluice validate pipelines/ --connect", run: validate)

    private static func validate(_ arguments: Arguments, _ terminal: Terminal) async throws -> ExitStatus {
        let config = try arguments.workerConfig()
        do throws(ConfigFailure) {
            let pipelines = try arguments.loader(config).load(arguments.operands)
            let checks =
                arguments.has(connect) ? await ConnectionCheck.run(pipelines, timeout: config.startTimeout) : []
            return report(pipelines, checks, isJSON: arguments.has(.json), terminal)
        } catch {
            guard arguments.has(.json) else {
                throw CommandFailure(error.status, all: error.problems.map(\.description))
            }
            terminal.print(json(problems: error.problems).text)
            return error.status
        }
    }

    private static func report(
        _ pipelines: [PipelineConfig], _ checks: [ConnectionCheck], isJSON: Bool, _ terminal: Terminal
    ) -> ExitStatus {
        let failed = checks.filter { $0.failure != nil }
        if isJSON {
            terminal.print(json(pipelines, checks).text)
        } else {
            for warning in pipelines.flatMap(\.warnings) { terminal.note("warning: \(warning)") }
            for pipeline in pipelines { terminal.print("\(pipeline.name): valid") }
            for check in checks where check.failure == nil {
                terminal.print("\(check.pipeline): \(check.connector): reached")
            }
            for check in failed { terminal.error("\(check.pipeline): \(check.connector): \(check.failure ?? "")") }
        }
        return failed.isEmpty ? .success : .failure
    }

    private static func json(_ pipelines: [PipelineConfig], _ checks: [ConnectionCheck]) -> JSONTree {
        [
            "valid": true, "pipelines": JSONTree(pipelines.map(\.name)),
            "warnings": .array(pipelines.flatMap(\.warnings).map(json)),
            "connections": .array(
                checks.map {
                    [
                        "pipeline": .string($0.pipeline), "connector": .string($0.connector),
                        "failure": JSONTree($0.failure),
                    ]
                }),
        ]
    }

    private static func json(problems: [ConfigProblem]) -> JSONTree {
        ["valid": false, "problems": .array(problems.map(json))]
    }

    private static func json(_ problem: ConfigProblem) -> JSONTree {
        [
            "file": JSONTree(problem.location.file), "line": .int(problem.location.line),
            "column": .int(problem.location.column), "pointer": .string(problem.location.pointer),
            "message": .string(problem.message),
        ]
    }
}
