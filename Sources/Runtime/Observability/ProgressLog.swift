public import ConnectorKit

/// Tells the log how a worker that is well gets on: started, first record, recovered, stopped, and its totals once a
/// minute.
public struct ProgressLog: Sendable {
    private static let interval = Duration.milliseconds(250)

    private let worker: Worker
    private let pipelines: [PipelineConfig]
    private let config: WorkerConfig
    private let log: Log
    /// Less where a live view shows the same.
    private let level: Log.Level

    /// Tells of `worker`, which runs `pipelines`; on a terminal with a live view at the level debug only.
    public init(_ worker: Worker, _ pipelines: [PipelineConfig], _ config: WorkerConfig, isShownLive: Bool, log: Log) {
        self.worker = worker
        self.pipelines = pipelines
        self.config = config
        self.log = log
        level = isShownLive ? .debug : .info
    }

    /// Tells while `body` runs, and of its end.
    public func telling<Result: Sendable>(_ body: () async -> Result) async -> Result {
        let names = pipelines.map(\.name).joined(separator: ", ")
        log.write(level, "the worker has started", [("pipelines", names), ("state.path", config.statePath)])
        let watching = Task {
            var milestones = Milestones(startingAt: WorkerClock.system.monotonic)
            var unwarned = pipelines
            while !Task.isCancelled {
                look(&milestones, &unwarned)
                try? await Task.sleep(for: Self.interval)  // which a stop cuts short
            }
            look(&milestones, &unwarned)
        }
        let result = await body()
        watching.cancel()
        _ = await watching.result
        log.write(level, "the worker has stopped", Totals(worker.pipelines.map(\.reading)).fields)
        return result
    }

    private func look(_ milestones: inout Milestones, _ unwarned: inout [PipelineConfig]) {
        let readings = worker.pipelines.map(\.reading)
        for entry in milestones.news(readings, at: WorkerClock.system.monotonic) {
            log.write(level, entry.message, entry.fields)
        }
        unwarned.removeAll { pipeline in
            guard let reading = readings.first(where: { $0.name == pipeline.name }), reading.state == .running else {
                return false
            }
            if reading.progress == nil && !config.endsWhenIdle { warnOfHidden(pipeline) }
            return true
        }
    }

    /// Of records that would not be seen before the end of a pipeline that has none.
    private func warnOfHidden(_ pipeline: PipelineConfig) {
        for sink in pipeline.sinks {
            guard let output = sink.definition.output?(sink.values), let sentence = output.hiddenUntilStop else {
                continue
            }
            log.warning(sentence, ("pipeline", pipeline.name), ("sink", sink.name), ("path", output.place))
        }
    }
}

extension Log {
    fileprivate func write(_ level: Level, _ message: String, _ fields: [(String, String)]) {
        switch level {
        case .debug: with(fields).debug(message)
        case .info: with(fields).info(message)
        case .warning: with(fields).warning(message)
        case .error: with(fields).error(message)
        }
    }

    private func with(_ fields: [(String, String)]) -> Log { fields.reduce(self) { $0.with($1) } }
}
