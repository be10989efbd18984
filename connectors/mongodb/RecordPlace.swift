import ConnectorKit

/// Where the source had the records of a batch, as far as it says so.
struct RecordPlace {
    private let marks: [PositionMark]

    init(_ batch: borrowing RecordBatch) { marks = batch.marks }

    /// `topic#partition#offset` as Kafka Connect's sink names it; else the source's partition and a count.
    ///
    /// - Throws: `rejected` when the source counts nothing that tells its records apart.
    func text(of record: borrowing Record) throws(ConnectorError) -> String {
        if let offset = record.offset { return "\(record.topic ?? "")#\(record.partition ?? 0)#\(offset)" }
        let partitions = Set(marks.map(\.position.partition))
        guard partitions.count == 1, let mark = marks.first(where: { $0.recordCount > record.index }),
            mark.position.offset.fields.count == 1, let end = mark.position.offset.fields.values.first?.int
        else {
            throw .rejected(
                "the source does not number its records, which document.id.strategy position needs; use another strategy"
            )
        }
        return "\(mark.position.partition.json)#\(end - Int64(mark.recordCount - record.index))"
    }
}
