import ConnectorKit

/// Makes rows of records, in one buffer that is reused.
struct RowEncoder: ~Copyable {
    /// What does not change from record to record.
    struct Rules: Sendable {
        let keyMode: KeyMode
        let keepsAbsent: Bool
        let evolves: Bool
    }

    /// What became of a record.
    enum Outcome {
        case row(Row)
        /// The table has no place for all of it yet.
        case lacksColumn
    }

    private let rules: Rules
    /// Finds what columns are named for, in their order.
    private var finder = FieldFinder([])
    private var fields = FieldSchemas()
    private var row: RowText

    init(_ rules: Rules) {
        self.rules = rules
        row = RowText(rules)
    }

    /// The bytes so far.
    var count: Int { row.values.rows.count }

    /// For each column whether the row encoded last gives it.
    var shape: [Bool] { row.shape }

    /// Calls `body` with the rows, which must not be kept.
    func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe row.values.rows.withBytes(body)
    }

    /// Forgets what stands behind a place.
    mutating func truncate(to place: Int) { row.values.rows.truncate(to: place) }

    /// The records to come are for these columns.
    mutating func expect(_ layout: TableLayout) {
        finder = FieldFinder(layout.slots.map(\.name))
        row.values.shapes = layout.shapes
    }

    /// Encodes a record.
    ///
    /// - Parameter layout: The one that was expected.
    mutating func encode(_ record: borrowing Record, _ layout: TableLayout) throws(ConnectorError) -> Outcome {
        let start = count
        do throws(ConnectorError) {
            row.begin(layout)
            fields.follow(record.schema, layout)
            let isWhole = layout.paths.isEmpty ? try encodeMembers(record, layout) : try encodeLeaves(record, layout)
            if !isWhole || row.isNarrow {
                truncate(to: start)
                return .lacksColumn
            }
            guard row.hasColumn else { throw .rejected("the record has none of the columns of its table") }
            return .row(row.end(from: start, record))
        } catch {
            truncate(to: start)
            throw error
        }
    }

    /// Encodes a record's key alone.
    mutating func encodeDeletion(_ record: borrowing Record, _ layout: TableLayout) throws(ConnectorError) -> Row {
        let start = count
        do throws(ConnectorError) {
            row.begin(layout)
            fields.follow(record.schema, layout)
            for place in 0..<layout.keyCount { try encodeKey(place, of: record, layout) }
            row.endKey()
            for place in layout.keyCount..<layout.slots.count { row.leaveOut(place) }
            return row.end(from: start, record)
        } catch {
            truncate(to: start)
            throw error
        }
    }

    /// Encodes columns that are members of the value; false when a member that is not null has no column.
    private mutating func encodeMembers(_ record: borrowing Record, _ layout: TableLayout) throws(ConnectorError)
        -> Bool
    {
        for place in 0..<layout.keyCount { try encodeKey(place, of: record, layout) }
        row.endKey()
        return try Self.encodeMembers(record, layout, fields, by: &finder, into: &row)
    }

    private static func encodeMembers(
        _ record: borrowing Record, _ layout: TableLayout, _ schemas: FieldSchemas, by finder: inout FieldFinder,
        into row: inout RowText
    ) throws(ConnectorError) -> Bool {
        let columns = layout.slots
        let slots = columns.span
        let fields = finder.find(in: record.value)
        for place in layout.keyCount..<slots.count {
            try row.encode(fields[place], schemas[place], slots[place], place)
        }
        return fields.otherCount == 0
    }

    /// Encodes columns that are anywhere in the value; false when a leaf that is not null has no column.
    private mutating func encodeLeaves(_ record: borrowing Record, _ layout: TableLayout) throws(ConnectorError) -> Bool
    {
        var found = 0
        for place in 0..<layout.keyCount {
            try encodeKey(place, of: record, layout)
            if place >= layout.firstField, let path = layout.paths[place] { found += Self.leaf(record[path: path]) }
        }
        row.endKey()
        for place in layout.keyCount..<layout.slots.count {
            guard let path = layout.paths[place] else {
                row.encodeMissing(layout.slots[place], place)
                continue
            }
            let value = record[path: path]
            found += Self.leaf(value)
            try row.encode(value, fields[place], layout.slots[place], place)
        }
        return found == Fields.leafCount(record.value) || !Fields.isLacking(record, layout)
    }

    /// 1 for a leaf. An object that a column takes whole is none, for what is in it may be columns too.
    private static func leaf(_ value: borrowing Value) -> Int { value.exists && value.kind != .object ? 1 : 0 }
}

extension RowEncoder {
    private mutating func encodeKey(
        _ place: Int, of record: borrowing Record, _ layout: TableLayout
    ) throws(ConnectorError) {
        let slot = layout.slots[place]
        switch rules.keyMode {
        case .none: break
        case .kafka: try row.encodeKey(try Self.coordinate(place, of: record), slot, place)
        case .recordValue:
            if !layout.paths.isEmpty, let path = layout.paths[place] {
                try row.encodeKey(record[path: path], fields[place], slot, place, isField: true)
            } else {
                try row.encodeKey(record[slot.name], fields[place], slot, place, isField: true)
            }
        case .recordKey:
            if record.key.kind == .object || layout.keyCount > 1 {
                let schema = record.keySchema?.field(slot.name)
                try row.encodeKey(record.key[slot.name], schema, slot, place, isField: false)
            } else {
                try row.encodeKey(record.key, record.keySchema, slot, place, isField: false)
            }
        }
    }

    /// A part of a record's place in Kafka: topic, partition, offset.
    private static func coordinate(_ place: Int, of record: borrowing Record) throws(ConnectorError) -> String {
        let names = ["topic", "partition", "offset"]
        let parts = [record.topic, record.partition.map { "\($0)" }, record.offset.map { "\($0)" }]
        guard let part = parts[place] else {
            throw .rejected("the record has no \(names[place]), which pk.mode kafka needs")
        }
        return part
    }
}
