import ConnectorKit

/// The writers of a sink's tables. Topics come from data, so there is a bound, and those not written to for longest are
/// forgotten.
struct TableSet {
    /// A writer has a buffer of 64 KiB.
    static let most = 256

    private struct Table {
        let topic: FieldNames
        let writer: TableWriter
        /// When it was asked for last, in calls of ``writer(for:)``.
        var use: Int
    }

    private var tables: [Table] = []
    private var places: [ExactName: Int] = [:]
    private var last = 0
    private var uses = 0
    private var madeCount = 0

    /// Those that are known.
    var writers: [TableWriter] { tables.map(\.writer) }

    /// Whether no other may be made before some are forgotten.
    var isFull: Bool { tables.count >= Self.most }

    /// The one that rows to come are most likely for, as far as is known.
    var first: TableWriter? { tables.first?.writer }

    /// The sole writer; nil when there are several, or none.
    var sole: TableWriter? { tables.count == 1 ? tables[0].writer : nil }

    /// The writer of a record's table; nil when it is not known.
    ///
    /// - Parameter usesTopic: Whether the table depends on the topic.
    mutating func writer(for record: borrowing Record, usesTopic: Bool) -> TableWriter? {
        guard usesTopic else { return tables.first?.writer }
        uses += 1
        if last >= tables.count || !record.topicEquals(unsafe tables[last].topic[0]) {
            guard let topic = record.topic, let place = places[ExactName(topic)] else { return nil }
            last = place
        }
        tables[last].use = uses
        return tables[last].writer
    }

    /// The topic whose writer was asked for last.
    var lastTopic: FieldName { unsafe tables[last].topic[0] }

    /// Makes a writer and keeps it for a topic.
    mutating func add(_ topic: String?, _ make: (_ number: Int) -> TableWriter) -> TableWriter {
        let writer = make(madeCount)
        madeCount += 1
        last = tables.count
        places[ExactName(topic ?? "")] = last
        tables.append(Table(topic: FieldNames([topic ?? ""]), writer: writer, use: uses))
        return writer
    }

    /// Forgets the half that was not used for longest; none of them may hold rows.
    mutating func forgetOldest() {
        tables.sort { $0.use > $1.use }
        tables.removeLast(tables.count / 2)
        last = 0
        places = [:]
        for (place, table) in tables.enumerated() {
            places[ExactName(unsafe table.topic[0])] = place
        }
    }
}
