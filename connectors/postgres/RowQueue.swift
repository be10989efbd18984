import ConnectorKit

/// Rows that wait to be written, and the plans they are of.
///
/// A value of its own, so that a run of records costs one look at the object that holds it.
struct RowQueue: ~Copyable {
    var encoder: RowEncoder
    var rows: [Row] = []
    var plans: [WritePlan] = []

    init(_ rules: RowEncoder.Rules) { encoder = RowEncoder(rules) }

    /// Forgets the rows, whose plans stay.
    mutating func removeRows() {
        rows.removeAll(keepingCapacity: true)
        encoder.truncate(to: 0)
    }

    /// Takes records that are like the one before, until one is not or the rows have so many bytes.
    ///
    /// - Parameters:
    ///   - index: The record to begin with, and then the first that was not taken.
    ///   - topic: The topic that the records must have; nil for any.
    ///   - layout: The one that the encoder expects.
    mutating func fill(
        from batch: borrowing RecordBatch, _ index: inout Int, of topic: FieldName?, _ layout: TableLayout,
        until bytes: Int
    ) {
        let count = batch.count
        while index < count && encoder.count < bytes {
            if batch.isDeliverable(index), !take(batch[index], topic, layout) { return }
            index &+= 1
        }
    }

    /// False for a record that needs another plan, another layout or a refusal.
    private mutating func take(_ record: borrowing Record, _ topic: FieldName?, _ layout: TableLayout) -> Bool {
        if let topic, !record.topicEquals(topic) { return false }
        guard record.value.kind == .object, let plan = rows.last?.plan else { return false }
        let start = encoder.count
        guard case .row(var row) = try? encoder.encode(record, layout), isPlan(plan, for: .write, layout) else {
            encoder.truncate(to: start)
            return false
        }
        row.plan = plan
        rows.append(row)
        return true
    }

    /// Whether the row encoded last is of a plan.
    func isPlan(_ place: Int, for operation: WritePlan.Operation, _ layout: TableLayout) -> Bool {
        plans[place].operation == operation && plans[place].keyForm == layout.keyForm
            && plans[place].shape == encoder.shape
    }
}
