/// One situation of the fault harness, as a value: who runs, what happens to them, and what must hold at the end.
public struct FaultScenario: Sendable {
    /// As it is named on the command line.
    public let name: String
    /// One line.
    public let about: String
    /// The sinks that it is run with.
    public let sinks: [FaultSink]
    /// The libraries that it is run with.
    public var libraries = [FaultLibrary.system]
    /// What is produced.
    public var stream = Stream()
    /// The settings of all members.
    public var settings = Settings()
    /// What must hold besides every record being there.
    public var limits = Limits()
    /// Whether each member gives its pipeline a name of its own; otherwise all run one configuration.
    public var hasOwnNames = false
    /// What happens, drawn from the seed.
    public let steps: @Sendable (inout SplitMix) -> [FaultStep]

    /// The records that are produced from before the first step until after the last.
    public struct Stream: Sendable {
        /// Records a second.
        public var rate = 1000
        /// Partitions of the topic.
        public var partitions = 6
        /// Different keys; each stays in one partition.
        public var keys = 60
        /// Seconds of stream that wait in the topic before the first step.
        public var backlog = 0
    }

    /// Short limits, so that a run takes seconds; in milliseconds.
    public struct Settings: Sendable {
        /// `session.timeout.ms` of the group.
        public var session = 3000
        /// `max.poll.interval.ms` of the group.
        public var pollInterval = 20_000
        /// `errors.retry.timeout` of the pipeline.
        public var retry = 300_000
        /// `offset.flush.interval.ms` of the worker.
        public var flush = 200
        /// `task.shutdown.graceful.timeout.ms` of the worker.
        public var shutdown = 5000
    }

    /// What a run is judged by besides its records; nil is not judged.
    public struct Limits: Sendable {
        /// Milliseconds for which the partitions that keep their owner may stand still (PostgreSQL).
        public var pause: Int?
        /// Resident memory of a worker at its highest, in MiB.
        public var memory: Int?
        /// Milliseconds that a stop may take.
        public var stop = 8000
        /// Whether the group's offsets may never go back.
        public var offsetsAdvance = false
        /// Whether no record may come twice, into sinks that store no positions either.
        public var isExact = false
        /// How often workers may warn of something about their group, or call it an error.
        public var complaints: Int?
    }

    /// The scenario with one sink and one library.
    public struct Case: Sendable {
        /// The scenario.
        public let scenario: FaultScenario
        /// Where the records go.
        public let sink: FaultSink
        /// What the workers run with.
        public let library: FaultLibrary
        /// As `join-leave/postgres/system`.
        public var name: String { "\(scenario.name)/\(sink.rawValue)/\(library.rawValue)" }
    }

    /// The scenario with each of its sinks and libraries.
    public var cases: [Case] {
        sinks.flatMap { sink in
            // Exactly once from Kafka to Kafka rests on the library alone.
            (sink == .kafka ? FaultLibrary.allCases : libraries).map { Case(scenario: self, sink: sink, library: $0) }
        }
    }
}

extension FaultScenario: CustomStringConvertible {
    /// Its name.
    public var description: String { name }
}

extension FaultScenario.Case: CustomStringConvertible {
    /// Its name.
    public var description: String { name }
}
