import ConnectorKit
import Runtime
import Transforms

/// The flags that set a worker setting each: `--log-level` is `log.level`.
enum WorkerFlags {
    static let worker = Flag(name: "--worker", value: "FILE", summary: "A file of worker settings.")
    static let pluginPath = Flag(
        name: "--plugin-path", value: "DIR", summary: "A folder of plugins; may be given several times.",
        isRepeatable: true)
    static let libraryPath = Flag(
        name: "--library-path", value: "DIR",
        summary: "A folder whose C libraries go before the system's; may be given several times.", isRepeatable: true)
    static let statePath = Flag(name: "--state-path", value: "FILE", summary: "Where positions are kept.")
    static let logFormat = Flag(
        name: "--log-format", value: "FORMAT", summary: "text or json.",
        choices: WorkerConfig.LogFormat.allCases.map(\.rawValue))
    static let logLevel = Flag(
        name: "--log-level", value: "LEVEL", summary: "debug, info, warning or error.",
        choices: Log.Level.allCases.map(\.rawValue))

    static let servers = Flag(
        name: "--bootstrap-servers", value: "HOST:PORT", summary: "Kafka's brokers, for Kafka Connect configurations.",
        isRepeatable: true)

    static let plugins = [worker, pluginPath, libraryPath]
    static let pipelines = plugins + [servers]
    static let state = [worker, statePath]
    static let all = [worker, pluginPath, libraryPath, statePath, logFormat, logLevel, servers]
}

extension Arguments {
    /// The worker's settings: its file, and the flags over it.
    func workerConfig() throws -> WorkerConfig {
        var flags: [String: String] = [:]
        for flag in WorkerFlags.all where flag != WorkerFlags.worker && has(flag) {
            flags[String(flag.name.dropFirst(2)).replacing("-", with: ".")] = all(flag).joined(separator: ",")
        }
        let worker = try reporting { () throws(ConfigFailure) in
            try WorkerConfig.load(self[WorkerFlags.worker], flags: flags)
        }
        try LibraryPath.prefer(worker.libraryPath)
        return worker
    }

    /// What is installed for this worker.
    func catalog(_ worker: WorkerConfig) -> PluginCatalog {
        PluginCatalog(directories: worker.pluginPath, builtIn: [builtIns])
    }

    /// The pipelines that the operands name.
    func pipelines(_ worker: WorkerConfig) throws -> [PipelineConfig] {
        try reporting { () throws(ConfigFailure) in try loader(worker).load(operands) }
    }

    /// What reads the pipelines of this worker.
    func loader(_ worker: WorkerConfig) -> PipelineLoader {
        PipelineLoader(catalog: catalog(worker), flatDefaults: worker.flatDefaults)
    }
}

/// Ends the command with every problem of a configuration.
func reporting<Result>(_ body: () throws(ConfigFailure) -> Result) throws -> Result {
    do throws(ConfigFailure) { return try body() } catch {
        throw CommandFailure(error.status, all: error.problems.map(\.description))
    }
}

extension ConfigFailure {
    var status: ExitStatus { isEnvironmental ? .environment : .badInput }
}
