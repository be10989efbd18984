extension FaultScenario {
    static let standstill = FaultScenario(
        name: "standstill",
        about: "one of two workers is killed and started again; the other goes on, and stops when it is told",
        sinks: [.postgres], libraries: [.system, .newer], limits: Limits(pause: 2500), hasOwnNames: true
    ) { random in
        [.start(0), .start(1), .progress(2000)]
            + (0..<2).flatMap { _ in
                [
                    .kill(1), .pause(.random(in: 300..<2000, using: &random)), .start(1),
                    .pause(.random(in: 4000..<6000, using: &random)), .progress(500),
                ]
            } + [.kill(1), .pause(500), .start(1), .pause(.random(in: 500..<3000, using: &random)), .end(0)]
    }

    static let lockedTable = FaultScenario(
        name: "locked-table",
        about: "the table of two workers is locked until max.poll.interval.ms and errors.retry.timeout are over",
        sinks: [.postgres], stream: Stream(rate: 4000), settings: Settings(pollInterval: 6000, retry: 6000),
        limits: Limits(memory: 64), hasOwnNames: true
    ) { random in
        [
            .start(0), .start(1), .progress(2000), .lock, .pause(.random(in: 10_000..<14_000, using: &random)), .unlock,
            .progress(4000),
        ]
    }

    static let longLock = FaultScenario(
        name: "long-lock",
        about: "the same for 330 s, longer than both limits are without a setting; a run takes seven minutes",
        sinks: [.postgres], settings: Settings(pollInterval: 300_000, retry: 300_000), limits: Limits(memory: 64),
        hasOwnNames: true
    ) { random in
        [
            .start(0), .start(1), .progress(2000), .lock, .pause(.random(in: 330_000..<340_000, using: &random)),
            .unlock,
            .progress(100_000),
        ]
    }

    static let killMember = FaultScenario(
        name: "kill-member",
        about: "of two workers with two tasks one is killed and started again, then the other",
        sinks: [.postgres, .mongodb, .kafka, .kafkaPlain, .file], hasOwnNames: true
    ) { random in
        [.start(0, tasks: 2), .start(1, tasks: 2), .progress(2000)]
            + (0..<4).flatMap { round in
                [
                    .pause(.random(in: 0..<1500, using: &random)), .kill(round % 2),
                    .pause(.random(in: 0..<1000, using: &random)), .start(round % 2, tasks: 2), .progress(1000),
                ]
            }
    }

    static let frozenMember = FaultScenario(
        name: "frozen-member",
        about: "one of two workers stands still (SIGSTOP) until others have its partitions, and comes back",
        sinks: [.postgres, .mongodb, .kafka, .kafkaPlain, .file], limits: Limits(offsetsAdvance: true),
        hasOwnNames: true
    ) { random in
        [.start(0), .start(1), .progress(2000)]
            + (0..<2).flatMap { round in
                [
                    .pause(.random(in: 0..<1000, using: &random)), .freeze(round),
                    .pause(.random(in: 4000..<7000, using: &random)), .thaw(round), .progress(1000),
                ]
            }
    }

    static let hungOwner = FaultScenario(
        name: "hung-owner",
        about:
            "a worker's connections hang half-open inside of a transaction; another takes over, and the first comes back",
        sinks: [.postgres, .mongodb, .kafka], hasOwnNames: true
    ) { random in
        [
            .start(0), .progress(1500), .pause(.random(in: 0..<500, using: &random)), .hang(0, .sink), .hang(0, .kafka),
            .start(1), .pause(.random(in: 4000..<6000, using: &random)), .progress(1000), .heal(0, .sink),
            .heal(0, .kafka), .progress(1000),
        ]
    }

    static let brokerRestart = FaultScenario(
        name: "broker-restart",
        about: "the broker is killed and comes back while a worker with two tasks works",
        sinks: [.postgres, .mongodb, .kafka, .kafkaPlain, .file]
    ) { random in
        [.start(0, tasks: 2), .progress(1000)]
            + (0..<2).flatMap { _ in
                [.pause(.random(in: 0..<1500, using: &random)), .restartBroker, .progress(1000)]
            }
    }

    static let sinkRestart = FaultScenario(
        name: "sink-restart",
        about: "the sink's server is killed and comes back while a worker with two tasks works",
        sinks: [.postgres, .mongodb]
    ) { random in
        [.start(0, tasks: 2), .progress(1000)]
            + (0..<3).flatMap { _ in
                [.pause(.random(in: 0..<1500, using: &random)), .restartSink, .progress(1000)]
            }
    }

    static let badNetwork = FaultScenario(
        name: "bad-network",
        about: "connections of a worker with two tasks are cut, refused and left half-open in any order",
        sinks: [.postgres, .mongodb, .kafka, .kafkaPlain, .file], limits: Limits(offsetsAdvance: true)
    ) { random in
        [.start(0, tasks: 2), .progress(1000)]
            + (0..<5).flatMap { _ in
                let link: FaultStep.Link = Bool.random(using: &random) ? .kafka : .sink
                let faults: [FaultStep] = [.reset(0, link), .cut(0, link), .hang(0, link)]
                let fault = faults[.random(in: 0..<faults.count, using: &random)]
                return [
                    .pause(.random(in: 0..<1000, using: &random)), fault,
                    .pause(.random(in: 200..<2500, using: &random)), .heal(0, link), .progress(500),
                ]
            }
    }
}
