import CRdKafka

/// Knows when librdkafka before 2.2 has to be told that there is room again.
///
/// When as much waits as may, it stops fetching and looks again after a second only, however fast its queue is read; any
/// request to the same broker has it look at once. Later versions are set to look soon (`fetch.queue.backoff.ms`).
struct FetchWaker {
    private let limit: Int
    /// The most that waited since the last time.
    private var peak = 0

    /// - Parameter limit: How many bytes may wait, which is when fetching stops.
    init(limit: Int) { self.limit = limit }

    /// Whether a full queue has been read half empty.
    ///
    /// - Parameters:
    ///   - messages: How many wait.
    ///   - size: Bytes of one, as far as is known.
    mutating func isDue(waiting messages: Int, ofSize size: Int) -> Bool {
        let waiting = messages * size
        peak = max(peak, waiting)
        guard peak >= limit / 4 * 3, waiting <= limit / 2 else { return false }
        peak = waiting
        return true
    }
}
