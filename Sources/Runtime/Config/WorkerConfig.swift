public import ConnectorKit

/// The settings of a worker.
public struct WorkerConfig: Sendable {
    /// How log lines look.
    public enum LogFormat: String, Sendable, CaseIterable {
        /// One line of text for people.
        case text
        /// One JSON object a line.
        case json
    }

    /// `state.path` unless set.
    public static let usualStatePath = "sluice-state.db"

    /// `plugin.path`: directories searched for plugins before the executable's own and `../lib/sluice` beside it.
    public let pluginPath: [String]
    /// `library.path`: directories searched before the system's for the C libraries of connectors; none unless set.
    public let libraryPath: [String]
    /// `state.path`: the file that positions are kept in; `sluice-state.db` in the working directory unless set.
    public let statePath: String
    /// `log.format`; text unless set.
    public let logFormat: LogFormat
    /// `log.level`: the least weight that is logged; info unless set.
    public let logLevel: Log.Level
    /// `offset.flush.interval.ms`: the time between two commits of positions; 1 s unless set.
    public let flushInterval: Duration
    /// `task.shutdown.graceful.timeout.ms`: how long a task may take to stop; 5 s unless set.
    public let shutdownTimeout: Duration
    /// `task.start.timeout.ms`: how long a connector may take to start or to check its connection; 30 s unless set.
    public let startTimeout: Duration
    /// Whether a task also ends when its source has nothing more for now and no known end; false unless set.
    public var endsWhenIdle = false
    /// What flat Kafka Connect configurations take from the worker: `bootstrap.servers`, converters, client settings.
    public internal(set) var flatDefaults = FlatDefaults()

    /// Reads a worker file, JSON or Java properties; nil takes every default.
    ///
    /// - Parameters:
    ///   - file: The path.
    ///   - flags: Settings of the command line by name, which win over the file; a problem with one names `--flag`.
    /// - Throws: Every problem at once.
    public static func load(_ file: String?, flags: [String: String] = [:]) throws(ConfigFailure) -> WorkerConfig {
        var findings = Findings()
        var variables = VariableResolver()
        let given = file.flatMap { read($0, &findings) }.map { variables.resolve($0, &findings) }
        let flagged = flags.sorted { $0.key < $1.key }.map(member)
        let object = ConfigNode(
            .object((given?.members ?? []).filter { flags[$0.name] == nil } + flagged),
            at: given?.location ?? ConfigLocation())
        let values = findings.collect { () throws(ConfigProblems) in
            try WorkerSettings.definition.validate(object, subject: "the worker", ignoring: ["$schema"])
        }
        let unresolved = variables.variables.unresolved
        for problem in unresolved.problems(in: object, WorkerSettings.definition, isTaken: false) {
            findings.add(problem)
        }
        guard findings.isEmpty, let values else { throw findings.failure(hiding: variables.variables) }
        var worker = WorkerSettings.worker(values)
        worker.flatDefaults = FlatDefaults(object)
        return worker
    }

    private static func read(_ file: String, _ findings: inout Findings) -> ConfigNode? {
        guard findings.noteUnlessReadable(file) else { return nil }
        var files = ConfigFiles()
        do throws(ConfigProblem) { return try files.parsed(file) } catch {
            findings.add(error)
            return nil
        }
    }

    private static func member(_ name: String, _ text: String) -> ConfigMember {
        let place = ConfigLocation(file: "--" + name.replacing(".", with: "-"))
        return ConfigMember(name: name, nameLocation: place, value: ConfigNode(.string(text), at: place))
    }
}
