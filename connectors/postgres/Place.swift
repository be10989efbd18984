import ConnectorKit

/// How far a table or query has been read.
struct Place: Sendable, Hashable {
    /// The timestamp of the last row, as PostgreSQL reads it; nil in modes without.
    var timestamp: String?
    /// The incrementing column of the last row, as PostgreSQL reads it; nil in modes without.
    var incrementing: String?
    /// Whether there is nothing left of a `bulk` reading.
    var isComplete = false

    /// Reads what ``offset`` wrote; nil when it was of another mode.
    init?(_ offset: PositionFields, mode: ReadMode) {
        timestamp = offset["timestamp"]?.string
        incrementing = offset["incrementing"].flatMap { $0.string ?? $0.int.map(String.init) }
        isComplete = offset["complete"]?.bool ?? false
        let fits =
            mode.usesTimestamp == (timestamp != nil) && mode.usesIncrementing == (incrementing != nil)
            && isComplete == (mode == .bulk)
        if !fits { return nil }
    }

    init(timestamp: String? = nil, incrementing: String? = nil, isComplete: Bool = false) {
        self.timestamp = timestamp
        self.incrementing = incrementing
        self.isComplete = isComplete
    }

    /// The offset of a position.
    var offset: PositionFields {
        var fields: [String: PositionValue] = [:]
        fields["timestamp"] = timestamp.map(PositionValue.string)
        fields["incrementing"] = incrementing.map { text in
            Int64(text).flatMap { String($0) == text ? .int($0) : nil } ?? .string(text)
        }
        if isComplete { fields["complete"] = true }
        return PositionFields(fields)
    }
}
