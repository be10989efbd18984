internal import ConnectorKit

/// The settings of a pipeline that belong to the worker.
enum PipelineSettings {
    static let name = Setting.string("name", "The pipeline's name, unique in the worker.")
        .checked { name in
            let isPlain = !name.isEmpty && name.escapingControls() == name
            return isPlain && name.utf8.count <= 200 ? nil : "name must have 1 to 200 bytes and no control characters"
        }
        .example("orders")
    static let tasksMax = Setting.int(
        "tasks.max", in: 1...1000, "The most tasks that share the work; the source may use fewer."
    ).defaulting(to: 1)

    static let tolerance = Setting.enumeration(
        "errors.tolerance", ErrorPolicy.Tolerance.self,
        "Whether a record that cannot be delivered fails the task (`none`) or is set aside (`all`)."
    ).defaulting(to: .none).group("Errors")
    static let retryTimeout = Setting.int(
        "errors.retry.timeout", in: -1...Int.max,
        "How long a retriable failure is repeated, in milliseconds; -1 without end."
    ).defaulting(to: 300_000).group("Errors")
    static let retryDelayMax = Setting.duration(
        "errors.retry.delay.max.ms", in: .milliseconds(1)...Duration.seconds(86400),
        "The longest pause between two attempts."
    ).defaulting(to: .seconds(60)).group("Errors")
    static let isLogged = Setting.bool("errors.log.enable", "Whether each failure of a record is logged.")
        .defaulting(to: false).group("Errors")
    static let isRecordLogged = Setting.bool(
        "errors.log.include.messages",
        "Whether that log line, and the reason why a task failed, also hold what may be a record's content, such as a "
            + "value that a database quotes."
    ).defaulting(to: false).group("Errors")

    static let restartMax = Setting.int(
        "restart.max.attempts", in: -1...Int.max,
        "Restarts of a failed task in a row before it stays FAILED; -1 without end. Unless set, 10 of those that may not "
            + "help, and as many as it takes while another system is away, which count only with `--once`."
    ).optional.group("Restart")
    static let restartBackoff = Setting.duration(
        "restart.backoff.ms", "The pause before the first restart, doubled for each further one."
    ).defaulting(to: .seconds(1)).group("Restart")
    static let restartBackoffMax = Setting.duration("restart.backoff.max.ms", "The longest pause before a restart.")
        .defaulting(to: .seconds(60)).group("Restart")
    static let restartReset = Setting.duration(
        "restart.reset.after.ms",
        "A task that ran this long, and committed a position, starts counting its restarts anew."
    ).defaulting(to: .seconds(300)).group("Restart")

    /// Members of a pipeline that are no plain settings.
    static let structure: Set<String> = [
        "$schema", "include", "source", "sinks", "transforms", "errors.deadletterqueue",
    ]

    static let definition = ConfigDefinition([
        name, tasksMax, tolerance, retryTimeout, retryDelayMax, isLogged, isRecordLogged, restartMax, restartBackoff,
        restartBackoffMax, restartReset,
    ])

    static func errors(_ values: ConfigValues, deadLetterSink: SinkConfig?, _ form: DeadLetterForm) -> ErrorPolicy {
        let timeout = values[retryTimeout]
        return ErrorPolicy(
            tolerance: values[tolerance], retryTimeout: timeout < 0 ? nil : .milliseconds(timeout),
            retryDelayMax: values[retryDelayMax], isLogged: values[isLogged], isRecordLogged: values[isRecordLogged],
            deadLetterSink: deadLetterSink, deadLetterForm: form)
    }

    static func restart(_ values: ConfigValues) -> RestartPolicy {
        let attempts = values[restartMax] ?? RestartPolicy.usualAttempts
        return RestartPolicy(
            maxAttempts: attempts < 0 ? nil : attempts, countsAll: values[restartMax] != nil,
            backoff: values[restartBackoff], backoffMax: values[restartBackoffMax], resetAfter: values[restartReset])
    }
}
