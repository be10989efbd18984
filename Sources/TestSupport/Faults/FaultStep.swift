/// One thing that happens in a scenario. Members are counted from 0.
public enum FaultStep: Sendable, Hashable {
    /// What a member talks to.
    public enum Link: Sendable, Hashable {
        /// The broker.
        case kafka
        /// PostgreSQL or MongoDB; with any other sink the broker.
        case sink
    }

    /// Starts a worker with so many tasks.
    case start(Int, tasks: Int = 1)
    /// SIGTERM; waits until it has ended.
    case end(Int)
    /// SIGKILL.
    case kill(Int)
    /// SIGSTOP.
    case freeze(Int)
    /// SIGCONT.
    case thaw(Int)
    /// Open connections are reset, new ones refused.
    case cut(Int, Link)
    /// Connections stay open, and nothing passes.
    case hang(Int, Link)
    /// Open connections are reset once.
    case reset(Int, Link)
    /// The network is well again.
    case heal(Int, Link)
    /// The next COMMIT arrives, and its answer is lost with the connection.
    case loseCommit(Int)
    /// Waits until that has happened.
    case commitLost(Int)
    /// SIGKILL to the broker, which starts again on its data.
    case restartBroker
    /// The same to PostgreSQL or MongoDB; with any other sink to the broker.
    case restartSink
    /// Nobody can write to the table (PostgreSQL).
    case lock
    /// They can again.
    case unlock
    /// So many milliseconds pass.
    case pause(Int)
    /// Waits until the sink holds so many more records.
    case progress(Int)
    /// Waits until the sink holds all that was produced before this step.
    case caughtUp
}
