import ConnectorKit

/// Makes rows of records, in one buffer that is reused.
struct RowEncoder: ~Copyable {
    /// What does not change from record to record.
    struct Rules: Sendable {
        let keyMode: KeyMode
        let keepsAbsent: Bool
        let evolves: Bool
        let flattens: Bool
    }

    /// What became of a record.
    enum Outcome {
        case row(Row)
        /// The table has no place for all of it yet.
        case lacksColumn
    }

    private let rules: Rules
    private(set) var values = ValueEncoder()
    /// For each column whether the row encoded last gives it.
    private(set) var shape: [Bool] = []

    init(_ rules: Rules) { self.rules = rules }

    /// The bytes so far.
    var count: Int { values.rows.count }

    /// Forgets what stands behind a place.
    mutating func truncate(to place: Int) { values.rows.truncate(to: place) }

    /// Encodes a record.
    ///
    /// - Parameter isStrict: Whether to look for fields that have no place in the table.
    mutating func encode(
        _ record: borrowing Record, _ layout: TableLayout, isStrict: Bool
    ) throws(ConnectorError) -> Outcome {
        let start = count
        do throws(ConnectorError) {
            let keyEnd = try encodeKey(of: record, layout)
            var found = layout.keyCount == 0 || rules.keyMode != .recordValue ? 0 : layout.keyCount
            var isNarrow = false
            let slots = layout.slots.span
            for place in layout.keyCount..<slots.count {
                if layout.paths.isEmpty {
                    let value = record[slots[place].name]
                    try encodeField(value, record, slots[place], &found, &isNarrow)
                } else if let path = layout.paths[place] {
                    let value = record[path: path]
                    try encodeField(value, record, slots[place], &found, &isNarrow)
                } else {
                    try encodeField(record[""], record, slots[place], &found, &isNarrow)
                }
            }
            let isLacking = isStrict && (isNarrow || lacksColumn(record, layout, found))
            if isLacking {
                truncate(to: start)
                return .lacksColumn
            }
            guard shape.contains(true) else { throw .rejected("the record has none of the columns of its table") }
            values.rows.append(UInt8(ascii: "\n"))
            return .row(Row(bytes: start..<count, keyEnd: keyEnd, record: record.index))
        } catch {
            truncate(to: start)
            throw error
        }
    }

    /// Encodes a record's key alone.
    mutating func encodeDeletion(_ record: borrowing Record, _ layout: TableLayout) throws(ConnectorError) -> Row {
        let start = count
        do throws(ConnectorError) {
            let keyEnd = try encodeKey(of: record, layout)
            for _ in layout.keyCount..<layout.slots.count { shape.append(false) }
            values.rows.append(UInt8(ascii: "\n"))
            return Row(bytes: start..<count, keyEnd: keyEnd, record: record.index)
        } catch {
            truncate(to: start)
            throw error
        }
    }

    @inline(__always)
    private mutating func encodeField(
        _ value: borrowing Value, _ record: borrowing Record, _ slot: Slot, _ found: inout Int, _ isNarrow: inout Bool
    ) throws(ConnectorError) {
        if value.exists {
            found &+= 1
            // A schema has settled the type.
            if slot.number != .other && rules.evolves && !isNarrow && !record.schema.exists {
                isNarrow = ColumnType.widened(slot.number, for: value) != nil
            }
        } else if rules.keepsAbsent || slot.hasDefault {
            return shape.append(false)
        }
        if !shape.isEmpty && shape.contains(true) { values.rows.append(UInt8(ascii: "\t")) }
        shape.append(true)
        if slot.form == .decimal, value.kind == .string || value.kind == .bytes, record.schema.exists,
            let text = try DecimalText.decoded(value, slot, record.schema)
        {
            return try values.write(text, for: slot)
        }
        try values.write(value, for: slot)
    }

    /// Whether a field that is not null has no column.
    private func lacksColumn(_ record: borrowing Record, _ layout: TableLayout, _ found: Int) -> Bool {
        if rules.flattens { return Fields.leafCount(record.value) != found && Fields.isLacking(record, layout) }
        return record.value.count != found && Fields.isLacking(record, layout)
    }
}

extension RowEncoder {
    /// The key's columns, which come first; gives where they end.
    private mutating func encodeKey(of record: borrowing Record, _ layout: TableLayout) throws(ConnectorError) -> Int {
        shape.removeAll(keepingCapacity: true)
        for place in 0..<layout.keyCount {
            if place > 0 { values.rows.append(UInt8(ascii: "\t")) }
            let slot = layout.slots[place]
            switch rules.keyMode {
            case .none: break
            case .kafka: try values.write(try Self.coordinate(place, of: record), for: slot)
            case .recordValue:
                if !layout.paths.isEmpty, let path = layout.paths[place] {
                    try encodeKey(record[path: path], slot)
                } else {
                    try encodeKey(record[slot.name], slot)
                }
            case .recordKey:
                if record.key.kind == .object || layout.keyCount > 1 {
                    try encodeKey(record.key[slot.name], slot)
                } else {
                    try encodeKey(record.key, slot)
                }
            }
            shape.append(true)
        }
        return count
    }

    private mutating func encodeKey(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        guard value.exists, !value.isNull else {
            throw .rejected("the primary key's field \(slot.name) is missing or null")
        }
        try values.write(value, for: slot)
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
