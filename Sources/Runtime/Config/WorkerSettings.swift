internal import ConnectorKit

/// The declarations behind ``WorkerConfig``.
enum WorkerSettings {
    static let pluginPath = Setting.list(
        "plugin.path", "Directories searched for plugins, before the worker's own and `../lib/sluice` beside it."
    ).defaulting(to: [])
    static let libraryPath = Setting.list(
        "library.path",
        "Directories searched before the system's for the C libraries of connectors, such as one with a newer "
            + "`librdkafka.so.1`."
    ).defaulting(to: [])
    static let statePath = Setting.path("state.path", "The file that positions are kept in.")
        .defaulting(to: WorkerConfig.usualStatePath)
    static let logFormat = Setting.enumeration("log.format", WorkerConfig.LogFormat.self, "How log lines look.")
        .defaulting(to: .text)
    static let logLevel = Setting.enumeration("log.level", Log.Level.self, "The least weight that is logged.")
        .defaulting(to: .info)
    static let flushInterval = Setting.duration(
        "offset.flush.interval.ms", in: .milliseconds(1)...Duration.seconds(3600),
        "The time between two commits of positions."
    ).defaulting(to: .seconds(1))
    static let shutdownTimeout = Setting.duration(
        "task.shutdown.graceful.timeout.ms", in: .milliseconds(1)...Duration.seconds(3600),
        "How long a task may take to stop."
    ).defaulting(to: .seconds(5))
    static let startTimeout = Setting.duration(
        "task.start.timeout.ms", in: .milliseconds(1)...Duration.seconds(3600),
        "How long a connector may take to start or to check its connection."
    ).defaulting(to: .seconds(30))

    static let servers = Setting.list(
        "bootstrap.servers", "Kafka's brokers, for the other end of flat Kafka Connect configurations."
    ).defaulting(to: ["localhost:9092"]).group("Kafka Connect")
    static let converters = FlatSettings.converters.map { name in
        Setting.string(name, "The converter of flat Kafka Connect configurations that name none.").optional
            .group("Kafka Connect")
    }
    static let prefixed =
        FlatSettings.converters.map { name in
            Setting.prefixed("\(name).", "Settings of that converter.").group("Kafka Connect")
        } + [
            Setting.prefixed(
                "consumer.", "Kafka client settings for flat configurations of sinks, as `consumer.max.poll.records`."
            ).group("Kafka Connect"),
            Setting.prefixed("producer.", "Kafka client settings for flat configurations of sources.")
                .group("Kafka Connect"),
        ]

    static let definition = ConfigDefinition(
        [
            pluginPath, libraryPath, statePath, logFormat, logLevel, flushInterval, shutdownTimeout, startTimeout,
            servers,
        ]
            + converters + prefixed)

    static func worker(_ values: ConfigValues) -> WorkerConfig {
        WorkerConfig(
            pluginPath: values[pluginPath], libraryPath: values[libraryPath], statePath: values[statePath],
            logFormat: values[logFormat], logLevel: values[logLevel], flushInterval: values[flushInterval],
            shutdownTimeout: values[shutdownTimeout], startTimeout: values[startTimeout])
    }
}
