import ConnectorKit

@testable import Runtime

/// Builds pipelines of fake connectors and runs them in a worker.
struct EngineBench {
    var source = CountingSource.Plan()
    var sinks = [KeepingSink.Plan()]
    /// Others in the place of these two, with no settings.
    var connectors: (source: SourceDefinition, sink: SinkDefinition)?
    var deadLetters: KeepingSink.Plan?
    var transforms: [TransformStep] = []
    var sinkTransforms: [TransformStep] = []
    var tolerance = ErrorPolicy.Tolerance.none
    var retryTimeout: Duration? = .seconds(20)
    var maxAttempts: Int? = 0
    /// Whether failures that pass count as well.
    var countsAll = true
    var endsWhenIdle = false
    var secrets: [String] = []
    /// Long, so that a busy machine makes nothing look stuck; a test of hanging calls sets its own.
    var shutdownTimeout = Duration.seconds(120)
    var startTimeout = Duration.seconds(120)
    var flushInterval = Duration.milliseconds(5)
    var waitsOnIO = false
    var store = MemoryStore()
    var clock = WorkerClock.system

    private func sink(_ plan: KeepingSink.Plan, _ transforms: [TransformStep]) throws -> SinkConfig {
        let definition = SinkDefinition(plan.name, documentation: "Keeps.", waitsOnIO: waitsOnIO) { KeepingSink(plan) }
        return SinkConfig(
            name: plan.name, definition: definition, values: try noSettings(), transforms: transforms,
            node: ConfigNode(.null))
    }

    private func sinkConfigs() throws -> [SinkConfig] {
        guard let definition = connectors?.sink else { return try sinks.map { try sink($0, sinkTransforms) } }
        return [
            SinkConfig(
                name: definition.name, definition: definition, values: try noSettings(), transforms: [],
                node: ConfigNode(.null))
        ]
    }

    private func noSettings() throws -> ConfigValues { try ConfigValues(json: "{}", definition: ConfigDefinition()) }

    func worker() throws -> Worker {
        let plan = source
        let pipeline = PipelineConfig(
            name: "p", location: ConfigLocation(),
            source: SourceConfig(
                definition: connectors?.source
                    ?? SourceDefinition("count", documentation: "Counts.") { CountingSource(plan) },
                values: try noSettings(), node: ConfigNode(.null)),
            transforms: transforms, sinks: try sinkConfigs(),
            errors: ErrorPolicy(
                tolerance: tolerance, retryTimeout: retryTimeout, retryDelayMax: .milliseconds(2), isLogged: false,
                isRecordLogged: false, deadLetterSink: try deadLetters.map { try sink($0, []) },
                deadLetterForm: DeadLetterForm()),
            restart: RestartPolicy(
                maxAttempts: maxAttempts, countsAll: countsAll, backoff: .milliseconds(1), backoffMax: .milliseconds(2),
                resetAfter: .seconds(60)),
            tasksMax: 1, secrets: secrets)
        var config = WorkerConfig(
            pluginPath: [], libraryPath: [], statePath: "", logFormat: .text, logLevel: .error,
            flushInterval: flushInterval,
            shutdownTimeout: shutdownTimeout, startTimeout: startTimeout)
        config.endsWhenIdle = endsWhenIdle
        return Worker(config: config, pipelines: [pipeline], store: store, log: .silent, clock: clock)
    }

    /// Runs to the end; gives the worker for its numbers and whether all was well.
    func run() async throws -> (worker: Worker, isWell: Bool) {
        let worker = try worker()
        return (worker, await worker.run())
    }
}
