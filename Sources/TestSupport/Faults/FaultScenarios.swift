extension FaultScenario {
    /// All scenarios.
    public static let all = [
        taskCount, joinLeave, joinLeaveNamed, twoTasks, cutMember, commitInDoubt, killTasks, standstill, lockedTable,
        longLock,
        killMember, frozenMember, hungOwner, brokerRestart, sinkRestart, badNetwork,
    ]

    /// The one of this name.
    public static func named(_ name: String) -> FaultScenario? { all.first { $0.name == name } }

    static let taskCount = FaultScenario(
        name: "task-count",
        about: "tasks.max goes 2, 1, 2, 1, 2 over kills of the only worker",
        sinks: [.file, .postgres, .mongodb, .kafka]
    ) { random in
        [2, 1, 2, 1].flatMap { tasks in
            [.start(0, tasks: tasks), .progress(800), .pause(.random(in: 0..<1500, using: &random)), .kill(0)]
        } + [.start(0, tasks: 2), .progress(500)]
    }

    static let joinLeave = FaultScenario(
        name: "join-leave",
        about: "a second worker of the same pipeline joins the group, works and leaves, again and again; nothing fails",
        sinks: [.postgres, .mongodb, .kafka, .file], libraries: [.system, .newer],
        limits: Limits(isExact: true, complaints: 6),
        steps: joiningAndLeaving)

    static let joinLeaveNamed = FaultScenario(
        name: "join-leave-named",
        about: "the same, the pipelines of the two workers named differently",
        sinks: [.postgres, .mongodb, .kafka, .kafkaPlain], libraries: [.system, .newer],
        limits: Limits(isExact: true, complaints: 6),
        hasOwnNames: true, steps: joiningAndLeaving)

    private static func joiningAndLeaving(_ random: inout SplitMix) -> [FaultStep] {
        [.start(0), .progress(1000)]
            + (0..<3).flatMap { _ in
                [
                    .start(1), .pause(.random(in: 2000..<4000, using: &random)), .progress(500), .end(1),
                    .pause(.random(in: 0..<1500, using: &random)), .progress(500),
                ]
            }
    }

    static let twoTasks = FaultScenario(
        name: "two-tasks",
        about: "one worker with two tasks starts on a backlog, stops and starts again; nothing fails",
        sinks: [.postgres, .mongodb, .kafka, .file], libraries: [.system, .newer],
        stream: Stream(backlog: 3), limits: Limits(isExact: true, complaints: 6)
    ) { random in
        (0..<3).flatMap { _ in
            [.start(0, tasks: 2), .progress(1500), .pause(.random(in: 0..<1000, using: &random)), .end(0)]
        } + [.start(0, tasks: 2), .progress(500)]
    }

    static let cutMember = FaultScenario(
        name: "cut-member",
        about: "a worker is cut off from Kafka, another takes over, drains and leaves; the first comes back",
        sinks: [.postgres, .mongodb, .kafka, .kafkaPlain, .file],
        limits: Limits(offsetsAdvance: true), hasOwnNames: true
    ) { random in
        [
            .start(0), .progress(1500), .pause(.random(in: 0..<500, using: &random)), .cut(0, .kafka), .start(1),
            .caughtUp, .pause(.random(in: 500..<2500, using: &random)), .progress(1000), .heal(0, .kafka), .end(1),
            .progress(1000), .end(0), .start(2), .progress(500),
        ]
    }

    static let commitInDoubt = FaultScenario(
        name: "commit-in-doubt",
        about: "one worker with two tasks; a COMMIT arrives, and its answer is lost with the connection",
        sinks: [.postgres, .mongodb], libraries: [.system, .newer]
    ) { random in
        [.start(0, tasks: 2), .progress(1000)]
            + (0..<4).flatMap { _ in
                [
                    .pause(.random(in: 0..<1000, using: &random)), .loseCommit(0), .commitLost(0), .progress(1000),
                ]
            }
    }

    static let killTasks = FaultScenario(
        name: "kill-tasks",
        about: "one worker with four tasks is killed again and again, between any two steps of a flush",
        sinks: [.file, .postgres, .mongodb, .kafka], settings: Settings(session: 1200, flush: 20)
    ) { random in
        (0..<8).flatMap { _ in
            [.start(0, tasks: 4), .progress(500), .pause(.random(in: 0..<400, using: &random)), .kill(0)]
        } + [.start(0, tasks: 4), .progress(500)]
    }
}
