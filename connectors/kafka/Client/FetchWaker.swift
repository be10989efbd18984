import CRdKafka

/// Knows when librdkafka before 2.2 has to be told that there is room again.
///
/// When as much waits as may, it stops fetching and looks again after a second only, however fast its queue is read; any
/// request to the same broker has it look at once. Later versions are set to look soon (`fetch.queue.backoff.ms`).
struct FetchWaker {
    private let limit: FetchLimit
    /// The most that waited since the last time.
    private var peak = 0.0

    init(_ limit: FetchLimit) { self.limit = limit }

    /// Whether a full queue has been read half empty.
    ///
    /// - Parameters:
    ///   - messages: How many wait.
    ///   - size: Bytes of one, as far as is known.
    mutating func isDue(waiting messages: Int, ofSize size: Int) -> Bool {
        let waiting = limit.share(of: messages, ofSize: size)
        peak = max(peak, waiting)
        guard peak >= 0.75, waiting <= 0.5 else { return false }
        peak = waiting
        return true
    }
}

/// How much may be fetched ahead; whichever is reached first.
struct FetchLimit {
    /// Of keys and values.
    let bytes: Int
    /// A message costs some hundred bytes beside what it holds, which librdkafka does not count.
    let messages: Int

    /// How much of the limit so many messages take; 1 is all of it.
    func share(of messages: Int, ofSize size: Int) -> Double {
        max(Double(messages * size) / Double(bytes), Double(messages) / Double(self.messages))
    }
}
