import ConnectorKit

/// One reading of a table or query, from a place to the newest row that is old enough, in a transaction of its own.
final class Pass {
    /// What ``read(into:most:)`` came to.
    enum Outcome {
        /// There is more, and what was read ends where a row of other ordering values follows.
        case more
        /// There is more, and the rows read so far cannot be told apart from it.
        case moreOfGroup
        /// Everything was read.
        case ended
    }

    let layout: RowLayout
    /// The rows that were read.
    private(set) var rowCount = 0
    private let plan: ReadPlan
    private let connection: Connection
    private let stream: RowStream
    private var fields = CopyFields()
    private var group = TieGroup()
    private var holdsRow = false

    /// Rows that cannot be told apart stay in one batch up to this many bytes.
    private static let mostGroupBytes = 16 << 20

    /// - Parameter known: The layout of an earlier pass, for when it is still the same.
    init(
        _ plan: ReadPlan, after place: Place?, keys: [String], known: RowLayout?, over connection: Connection
    ) throws {
        self.plan = plan
        self.connection = connection
        let (layout, query) = try Self.prepare(plan, after: place, keys: keys, known: known, over: connection)
        self.layout = layout
        stream = try RowStream(query, over: connection)
    }

    /// Begins the transaction, checks the columns and gives the statement that reads.
    static func prepare(
        _ plan: ReadPlan, after place: Place?, keys: [String], known: RowLayout?, over connection: Connection
    ) throws -> (layout: RowLayout, query: String) {
        try connection.run(ReadPlan.begin)
        let columns = try connection.columns(of: plan.probe)
        let layout = try layout(columns, plan, keys: keys, known: known, over: connection)
        if known == nil { try check(plan.timeZone, over: connection) }
        let query = try plan.query(after: place, timestampType: layout.orderType) { text throws(ServerError) in
            try connection.literal(text)
        }
        return (layout, query)
    }

    private static func check(_ timeZone: String, over connection: Connection) throws {
        do throws(ServerError) {
            if timeZone != "UTC" { try connection.run("SELECT now() AT TIME ZONE $1", [timeZone]) }
        } catch {
            guard error.state == "22023" else { throw error }
            throw ConnectorError.configuration(
                "db.timezone is \"\(timeZone)\", which the server does not know; expected a name such as Europe/Berlin",
                native: error.state)
        }
    }

    private static func layout(
        _ columns: [ResultColumn], _ plan: ReadPlan, keys: [String], known: RowLayout?, over connection: Connection
    ) throws -> RowLayout {
        if let known, known.described == columns { return known }
        try RowLayout.check(columns, for: plan, keys: keys)
        let arrays = try connection.arrayForms(of: Set(columns.map(\.type)))
        return RowLayout(columns, for: plan, keys: keys, arrays: arrays)
    }

    /// Takes rows until there are `most` of them, or ``BatchLimit/bytes``, and no more of the same ordering values.
    func read(into writer: inout RowWriter, most: Int) throws -> Outcome {
        while try holdsRow || stream.advance() {
            holdsRow = false
            let row = unsafe stream.bytes
            unsafe fields.split(row)
            try checkFieldCount()
            let isNext = unsafe group.isEnded(by: fields, of: row, order: layout.order)
            let isFull = writer.count >= most || writer.byteCount >= BatchLimit.bytes
            if isFull, isNext || plan.mode == .bulk || writer.byteCount >= Self.mostGroupBytes {
                holdsRow = true
                return isNext ? .more : .moreOfGroup
            }
            group.take()
            unsafe writer.append(row, &fields, layout)
            rowCount += 1
        }
        try connection.run("COMMIT")
        return .ended
    }

    /// The place behind the last row; nil when there was none, and for `bulk`.
    func place() -> Place? {
        guard group.isOpen, plan.mode != .bulk else { return nil }
        let values = group.values()
        switch plan.mode {
        case .bulk: return nil
        case .incrementing: return Place(incrementing: values[0])
        case .timestamp: return Place(timestamp: iso(values[0]))
        case .both: return Place(timestamp: iso(values[0]), incrementing: values[1])
        }
    }

    /// As the record has it.
    private func iso(_ text: String) -> String {
        let form = layout.orderType.map(ScalarForm.init(type:)) ?? .text
        guard form == .timestamp || form == .timestampWithZone else { return text }
        var out = JSONWriter(capacity: 256)
        var text = text
        text.withUTF8 { unsafe ValueText.writeTime(UnsafeRawBufferPointer($0), form, to: &out) }
        return unsafe out.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private func checkFieldCount() throws {
        if fields.count != layout.columns.count && !layout.columns.isEmpty {
            throw ConnectorError.retriable(
                "reading \(plan.target): a row has \(fields.count) fields for \(layout.columns.count) columns")
        }
    }
}
