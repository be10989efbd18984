import ConnectorKit

/// Makes records out of nothing, or repeats those of a file; the same ones for the same seed, also after a restart.
final class EmulatorSource: Source {
    static let definition = SourceDefinition(
        "emulator",
        documentation: """
            Makes records that look like those of real systems, or repeats those of a file, as fast as asked.

            The same seed gives the same records in the same order, and a position is the number of a record, so a \
            restarted run goes on exactly where it stopped. Each kind goes to a topic of its own.
            """,
        config: EmulatorConfig.definition,
        tasks: { _, most in most },
        make: { EmulatorSource() })

    private var config: EmulatorConfig?
    private var context: SourceContext?
    private var place: EmulatorPlace?
    private var pacer = Pacer(rate: nil, start: .zero)
    private var maker = RecordMaker(seed: 0)
    private var replay: Replay?
    private var next = 0
    private var end: Duration?

    func start(_ context: SourceContext) async throws {
        let config = EmulatorConfig(context.config)
        self.config = config
        self.context = context
        if let path = config.replayPath { replay = try Replay(path: path) }
        let place = EmulatorPlace(list: config.replayPath ?? "seed \(config.seed)", context.task)
        next = place.first(context.positions)
        self.place = place
        maker = RecordMaker(seed: config.seed)
        let now = context.clock.monotonic
        pacer = Pacer(rate: config.rate.map { $0 / Double(context.task.count) }, start: now)
        end = config.maximumDuration.map { now + $0 }
        report(config, context)
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let config, let context, let place else {
            throw ConnectorError.fatal("the emulator was polled before its start")
        }
        let now = context.clock.monotonic
        if let end, now >= end { return .finished }
        let left = remaining(config, context.task)
        if left == 0 { return .finished }
        switch pacer.turn(at: now, most: min(BatchLimit.records, left)) {
        case .wait(let pause): return .idle(min(pause, end.map { $0 - now } ?? pause))
        case .make(let count):
            let before = next
            try make(count, config, context.task, &batch)
            pacer.made((next - before) / context.task.count)
            batch.mark(place.position(next))
            report(config, context)
            return .more
        }
    }

    /// Records of this task up to the limit of all tasks.
    private func remaining(_ config: EmulatorConfig, _ task: TaskSlot) -> Int {
        guard let most = config.maximumRecords else { return Int.max }
        return next >= most ? 0 : (most - next + task.count - 1) / task.count
    }

    private func make(_ count: Int, _ config: EmulatorConfig, _ task: TaskSlot, _ batch: inout RecordBatch) throws {
        var index = next
        for _ in 0..<count where batch.byteCount < BatchLimit.bytes {
            let kind = config.kinds.isEmpty ? 0 : index % config.kinds.count
            if replay == nil {
                try maker.append(config.kinds[kind], row: index / config.kinds.count, to: &batch)
            } else {
                try replay?.append(CollectionOfOne(index), to: &batch)
            }
            try batch.edit(at: batch.count - 1) { $0.setTopic(config.topics[kind]) }
            index += task.count
        }
        next = index
    }

    private func report(_ config: EmulatorConfig, _ context: SourceContext) {
        let done = next / context.task.count
        let total = config.maximumRecords.map { _ in done + remaining(config, context.task) }
        context.progress.update(done: done, total: total)
    }
}
