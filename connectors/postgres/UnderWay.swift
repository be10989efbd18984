import ConnectorKit

/// Batches that were put and not told of, oldest first: the rows of the newest may be in a COPY that is still open.
struct UnderWay {
    /// How far a batch is.
    enum Stage {
        /// Its rows are in the transaction.
        case stored(PutReport)
        /// Its rows went into the open COPY, which may still fail.
        case streamed(PutReport)
        /// It has to be written again.
        case lost
    }

    private(set) var stages: [Stage] = []

    /// Whether a COPY holds rows of earlier calls.
    var isStreaming: Bool { if case .streamed = stages.last { true } else { false } }
    /// Whether earlier batches have to be written before any other.
    var isLosing: Bool { if case .lost = stages.last { true } else { false } }

    mutating func append(_ stage: Stage) { stages.append(stage) }
    mutating func removeFirst() { stages.removeFirst() }

    /// The COPY was ended, and all its rows are in the transaction.
    mutating func store() {
        stages = stages.map { if case .streamed(let report) = $0 { .stored(report) } else { $0 } }
    }

    /// The rows of the COPY were taken back.
    mutating func lose() { stages = stages.map { if case .streamed = $0 { .lost } else { $0 } } }
}
