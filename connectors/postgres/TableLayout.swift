import ConnectorKit

/// The columns of a table in the order in which rows give them, the key's first, and where their values are in records.
final class TableLayout: Sendable {
    let columns: [Column]
    let slots: ContiguousArray<Slot>
    /// Those that slots name: a column's, and behind it that of its elements.
    let shapes: [ValueShape]
    /// How many of the columns are the key's.
    let keyCount: Int
    /// nil without a key.
    let keyForm: KeyForm?
    /// The place of the first column that a record's value has a field for; those of a key from elsewhere come before.
    let firstField: Int
    /// Where each column's field is when objects are flattened, nil while no record has shown it; else empty.
    let paths: [FieldPath?]
    /// Whether a column of the key is flattened and no record has shown where its field is.
    let lacksKeyPath: Bool
    /// Whether rows that are only added go by COPY.
    let takesCopy: Bool
    /// The columns of a staging table, with their types.
    let stageColumns: String
    /// What the names of columns and paths are of.
    private let names: [FieldNames]

    init(
        _ columns: [Column], of names: [FieldNames], keyCount: Int, firstField: Int, paths: [FieldPath?] = [],
        takesCopy: Bool
    ) {
        self.names = names
        self.columns = columns
        self.takesCopy = takesCopy
        stageColumns = columns.map { "\($0.sql) \($0.definition)" }.joined(separator: ", ")
        var shapes: [ValueShape] = []
        slots = ContiguousArray(columns.map { Self.slot(of: $0, &shapes) })
        self.shapes = shapes
        self.keyCount = keyCount
        self.firstField = firstField
        keyForm = columns.prefix(keyCount).map(\.keyForm).max()
        self.paths = paths
        lacksKeyPath = paths.prefix(keyCount).contains(nil)
    }

    private static func slot(of column: Column, _ shapes: inout [ValueShape]) -> Slot {
        var slot = column.slot
        guard column.shape.hasCalendar else { return slot }
        slot.shape = shapes.count
        shapes.append(column.shape)
        if case .array(let element, _) = column.shape { shapes.append(element) }
        return slot
    }
}

extension Config {
    /// What rows are made by.
    var encoding: RowEncoder.Rules {
        RowEncoder.Rules(
            keyMode: keyMode, keepsAbsent: mode == .upsert || mode == .update, evolves: evolves)
    }

    /// The names of the key's columns.
    ///
    /// The defaults are those of Confluent's JDBC sink.
    static func keyFields(_ fields: [String], _ mode: KeyMode) -> [ExactName] {
        let names: [String] =
            switch mode {
            case .none: []
            case .kafka: fields.isEmpty ? ["__connect_topic", "__connect_partition", "__connect_offset"] : fields
            case .recordKey, .recordValue: fields
            }
        return names.map { ExactName($0) }
    }
}
