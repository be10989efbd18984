import Runtime

/// When pipelines had last got further before this run, for those that find nothing new in it.
struct EarlierRuns {
    private let statePath: String
    private var commits: [String: String] = [:]

    init(of pipelines: [String], in store: SQLitePositionStore, at statePath: String) throws {
        self.statePath = statePath
        for name in pipelines {
            commits[name] = try reportingState { () throws(StateError) in try store.lastCommit(of: name) }
        }
    }

    /// A line for each pipeline that came to its end without a new record: why, and what to do about it.
    func explain(_ pipelines: [PipelineStatus]) -> [String] {
        pipelines.compactMap { pipeline in
            guard pipeline.totals.read == 0, pipeline.endedWell else { return nil }
            guard let commit = commits[pipeline.name] else {
                return "  \(pipeline.name): its source had nothing to read, now or ever before; see to its settings, "
                    + "or run it without --once to wait for records"
            }
            return "  \(pipeline.name): nothing new since \(commit), when its position was last committed; "
                + "to start over: \(resetCommand(pipeline.name))"
        }
    }

    private func resetCommand(_ name: String) -> String {
        let path = statePath == WorkerConfig.usualStatePath ? "" : " --state-path \(Self.quoted(statePath))"
        return "sluice offsets reset \(Self.quoted(name))\(path)"
    }

    /// As a shell takes it for one word.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_./:@%+".utf8.contains(byte)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
