import ConnectorKit
import Runtime

extension Command {
    private static let once = Flag(
        name: "--once", summary: "End when no source has more for now; one with a known end is read to it.")
    private static let duration = Flag(
        name: "--duration", value: "TIME", summary: "End after this time: 500ms, 60s, 5m, 1h.")

    static let run = Command(
        name: "run", summary: "Run pipelines until their sources end or Ctrl-C.", operands: "FILE|DIR…",
        operandCount: 1...Int.max, flags: [once, duration] + WorkerFlags.all,
        example: "sluice run pipeline.json --once",
        run: run)

    private static func run(_ arguments: Arguments, _ terminal: Terminal) async throws -> ExitStatus {
        OpenFileLimit.raise()
        let limit = try arguments[duration].map(time)
        var config = try arguments.workerConfig()
        config.endsWhenIdle = arguments.has(once)
        let pipelines = try arguments.pipelines(config)
        let isDrawn = terminal.isInteractive && config.logFormat == .text && !pipelines.contains(where: \.prints)
        let display = LiveDisplay(terminal, isDrawn: isDrawn)
        let log = LogWriter(
            format: config.logFormat, redactor: Redactor(pipelines.flatMap(\.secrets)), output: display.log
        ).log(minimum: config.logLevel)
        for warning in pipelines.flatMap(\.warnings) { log.warning("\(warning)") }
        let store = try openStore(config.statePath)
        let earlier = try EarlierRuns(of: pipelines.map(\.name), in: store, at: config.statePath)
        let worker = Worker(config: config, pipelines: pipelines, store: store, log: log)
        let signals = StopSignals {
            log.info("stopping: what was read is delivered; a second signal ends at once")
            worker.stop()
        }
        defer { signals.end() }
        let began = WorkerClock.system.monotonic
        let progress = ProgressLog(worker, pipelines, config, isShownLive: isDrawn, log: log)
        let isWell = await display.showing(worker.pipelines) {
            await progress.telling { await run(worker, for: limit) }
        }
        let places = Dictionary(pipelines.map { ($0.name, $0.places) }) { first, _ in first }
        let summary = Summary(
            worker.pipelines.map(\.reading), lasting: WorkerClock.system.monotonic - began, places: places)
        let explanations = worker.isStopping ? [] : earlier.explain(worker.pipelines)
        if config.logFormat == .json {
            summary.tell(log)
            for line in explanations { log.info(String(line.drop { $0 == " " })) }
        } else {
            for line in summary.lines + explanations { terminal.note(line) }
        }
        return isWell ? .success : .failure
    }

    private static func run(_ worker: Worker, for limit: Duration?) async -> Bool {
        let timer = limit.map { limit in
            Task {
                try await Task.sleep(for: limit)
                worker.stop()
            }
        }
        defer { timer?.cancel() }
        return await worker.run()
    }

    /// A time with its unit: `500ms`, `60s`, `5m`, `1h`.
    private static func time(_ text: String) throws -> Duration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
        let unit = units[String(text.dropFirst(digits.count))]
        guard let number = Int(digits), let unit, number > 0, number <= 1_000_000 else {
            throw CommandFailure(.badInput, "--duration is \"\(text)\"; expected a time such as 500ms, 60s, 5m or 1h")
        }
        return .milliseconds(number * unit)
    }
}
