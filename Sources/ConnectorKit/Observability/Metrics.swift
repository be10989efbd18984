internal import Synchronization

/// A connector's own numbers, by name: `sluice_<name>` once the worker shows them.
public final class Metrics: Sendable {
    private let counters = Mutex<[String: Counter]>([:])

    /// No numbers yet.
    public init() {}

    /// The number of this name, made at first use; keep the handle, looking it up takes a lock.
    public func counter(_ name: String) -> Counter {
        counters.withLock { counters in
            if let counter = counters[name] { return counter }
            let counter = Counter()
            counters[name] = counter
            return counter
        }
    }

    /// All numbers by name, as they stand.
    public var values: [String: Int] { counters.withLock { $0.mapValues(\.value) } }
}

/// A whole number that only the worker and its connectors change; safe from any thread.
public final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    /// Starts at zero.
    public init() {}

    /// The number as it stands.
    public var value: Int { number.load(ordering: .relaxed) }

    /// Adds to the number.
    public func add(_ amount: Int = 1) { number.wrappingAdd(amount, ordering: .relaxed) }

    /// Replaces the number, for a level rather than a count.
    public func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}
