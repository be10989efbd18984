import ConnectorKit

/// The row that is being encoded, behind those encoded before.
struct RowText: ~Copyable {
    private let keepsAbsent: Bool
    private let evolves: Bool
    var values = ValueEncoder()
    /// For each column whether the row gives it; written only where it differs from the row before, so that rows of one
    /// shape share it with their plan.
    private(set) var shape: [Bool] = []
    /// Whether the row gives any column.
    private(set) var hasColumn = false
    /// Whether a column is too narrow for its field.
    private(set) var isNarrow = false
    private var keyEnd = 0

    init(_ rules: RowEncoder.Rules) {
        keepsAbsent = rules.keepsAbsent
        evolves = rules.evolves
    }

    mutating func begin(_ layout: TableLayout) {
        if shape.count != layout.slots.count { shape = Array(repeating: true, count: layout.slots.count) }
        hasColumn = false
        isNarrow = false
    }

    /// Notes that the key's columns are complete, which come first.
    mutating func endKey() { keyEnd = values.rows.count }

    mutating func end(from start: Int, _ record: borrowing Record) -> Row {
        values.rows.append(UInt8(ascii: "\n"))
        return Row(bytes: start..<values.rows.count, keyEnd: keyEnd, record: record.index)
    }

    /// The row does not give this column.
    mutating func leaveOut(_ place: Int) {
        if shape[place] { shape[place] = false }
    }

    /// - Parameters:
    ///   - schema: The value's own; nil without one.
    ///   - isField: Whether the value is a field of the record's value, whose column may be widened.
    mutating func encodeKey(
        _ value: borrowing Value, _ schema: Schema?, _ slot: Slot, _ place: Int, isField: Bool
    ) throws(ConnectorError) {
        guard value.exists, !value.isNull else {
            throw .rejected("the primary key's field \(slot.name) is missing or null")
        }
        if isField { noteWidth(of: value, schema, slot) }
        give(place)
        try values.write(value, as: schema, for: slot)
    }

    mutating func encodeKey(_ text: String, _ slot: Slot, _ place: Int) throws(ConnectorError) {
        give(place)
        try values.write(text, for: slot)
    }

    @inline(__always)
    mutating func encode(
        _ value: borrowing Value, _ schema: Schema?, _ slot: Slot, _ place: Int
    ) throws(ConnectorError) {
        if value.exists {
            noteWidth(of: value, schema, slot)
        } else if keepsAbsent || slot.hasDefault {
            return leaveOut(place)
        }
        give(place)
        try values.write(value, as: schema, for: slot)
    }

    /// The record cannot have a field for this column.
    mutating func encodeMissing(_ slot: Slot, _ place: Int) {
        if keepsAbsent || slot.hasDefault { return leaveOut(place) }
        give(place)
        values.writeNull()
    }

    @inline(__always)
    private mutating func noteWidth(of value: borrowing Value, _ schema: Schema?, _ slot: Slot) {
        // A schema has settled the type.
        if slot.number != .other && evolves && !isNarrow && schema == nil {
            isNarrow = ColumnType.widened(slot.number, for: value) != nil
        }
    }

    /// The row gives this column, whose value comes next.
    @inline(__always)
    private mutating func give(_ place: Int) {
        if hasColumn { values.rows.append(UInt8(ascii: "\t")) }
        hasColumn = true
        if !shape[place] { shape[place] = true }
    }
}
