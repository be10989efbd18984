internal import ConnectorKit

/// Whether a connector of a pipeline reaches its other system.
public struct ConnectionCheck: Sendable {
    /// The pipeline's name.
    public let pipeline: String
    /// The connector's place in the pipeline: `source github`.
    public let connector: String
    /// What was wrong; nil when nothing was, or when there is nothing to reach.
    public let failure: String?

    /// Tries every connector of the pipelines, all at once, each for at most `timeout`.
    ///
    /// A check that does not return is left behind on its thread.
    public static func run(_ pipelines: [PipelineConfig], timeout: Duration) async -> [ConnectionCheck] {
        let checks = pipelines.flatMap(checks)
        return await withTaskGroup(of: (Int, ConnectionCheck).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await check.run(timeout: timeout)) }
            }
            var results: [(Int, ConnectionCheck)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func checks(of pipeline: PipelineConfig) -> [Pending] {
        let source = pipeline.source
        let sinks = pipeline.sinks.map { ("sink \($0.name)", $0) }
        let queue = pipeline.errors.deadLetterSink.map { [("dead letter queue \($0.name)", $0)] } ?? []
        return [
            Pending(pipeline, "source \(source.definition.name)", source.definition.check, source.values)
        ] + (sinks + queue).map { Pending(pipeline, $0, $1.definition.check, $1.values) }
    }
}

private struct Pending: Sendable {
    let pipeline: PipelineConfig
    let connector: String
    let check: (@Sendable (ConfigValues) async throws -> Void)?
    let values: ConfigValues

    init(
        _ pipeline: PipelineConfig, _ connector: String, _ check: (@Sendable (ConfigValues) async throws -> Void)?,
        _ values: ConfigValues
    ) {
        self.pipeline = pipeline
        self.connector = connector
        self.check = check
        self.values = values
    }

    func run(timeout: Duration) async -> ConnectionCheck {
        let failure = await failure(timeout: timeout).map(Redactor(pipeline.secrets).shown)
        return ConnectionCheck(pipeline: pipeline.name, connector: connector, failure: failure)
    }

    /// Whichever comes first, the check's end or the deadline.
    private func failure(timeout: Duration) async -> String? {
        guard let check else { return nil }
        let (outcomes, inbox) = AsyncStream.makeStream(of: String?.self)
        let thread: TaskThread
        do throws(TaskFailure) { thread = try TaskThread(name: "check") } catch { return error.message }
        let values = values
        Task(executorPreference: thread) {
            do {
                try await check(values)
                inbox.yield(nil)
            } catch {
                inbox.yield("\(error)")
            }
            thread.end()
        }
        let timer = Task {
            try? await Task.sleep(for: timeout)
            inbox.yield("did not answer within \(timeout.milliseconds) ms (task.start.timeout.ms)")
        }
        defer { timer.cancel() }
        for await outcome in outcomes { return outcome }
        return nil
    }
}
