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

    /// `plugin.path`: directories searched for plugins before the executable's own and `../lib/sluice` beside it.
    public var pluginPath: [String]
    /// `state.path`: the file that positions are kept in; `sluice-state.db` in the working directory unless set.
    public var statePath: String
    /// `log.format`; text unless set.
    public var logFormat: LogFormat
    /// `log.level`: the least weight that is logged; info unless set.
    public var logLevel: Log.Level
    /// `offset.flush.interval.ms`: the time between two commits of positions; 1 s unless set.
    public var flushInterval: Duration
    /// `task.shutdown.graceful.timeout.ms`: how long a task may take to stop; 5 s unless set.
    public var shutdownTimeout: Duration
    /// `task.start.timeout.ms`: how long a connector may take to start or to check its connection; 30 s unless set.
    public var startTimeout: Duration
}
