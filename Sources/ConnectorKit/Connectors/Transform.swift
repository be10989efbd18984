/// Changes, drops or rejects records on their way, one instance for each task.
///
/// ``apply(to:)`` is called once for each batch, on the task's thread; a throw that leaves it fails the task. To treat
/// each record by itself, conform to ``RecordTransform`` instead.
public protocol Transform {
    /// Goes over the batch with its editing passes.
    func apply(to batch: inout RecordBatch) throws
}

/// A transform that looks at one record at a time.
public protocol RecordTransform: Transform {
    /// Changes one record; false drops it, a throw rejects it and leaves the others alone.
    func apply(_ record: RecordEditor) throws -> Bool
}

extension RecordTransform {
    /// Calls ``apply(_:)`` for every record that is still on its way.
    @inlinable
    public func apply(to batch: inout RecordBatch) throws {
        try batch.edit { record in try apply(record) }
    }
}

/// Chooses the records that a transform applies to.
public protocol Predicate {
    /// Whether the record is chosen. Must not fail: a record it cannot judge is not chosen.
    func matches(_ record: Record) -> Bool

    /// Hides from the following passes every record that is not chosen, or with `negated` every one that is.
    func select(in batch: inout RecordBatch, negated: Bool)
}

extension Predicate {
    /// Calls ``matches(_:)`` for every record that is still on its way.
    @inlinable
    public func select(in batch: inout RecordBatch, negated: Bool) {
        batch.setAside(where: { record in matches(record) == negated })
    }
}

/// The part of a record that a transform works on: `Cast$Key`, `Cast$Value`.
public enum RecordPart: String, Sendable, Hashable, CaseIterable {
    /// The value.
    case value = "Value"
    /// The key.
    case key = "Key"
}
