/// What stands for a value that is missing or null, as a schema's JSON has it.
public enum SchemaDefault: Sendable {
    case bool(Bool)
    case number(JSONNumber)
    case text(String)
    /// A list or an object.
    case tree(SchemaTree)

    /// nil for a value that is missing or null, which is no default.
    init?(_ json: borrowing Value) {
        switch json.kind {
        case .missing, .null, .bytes: return nil
        case .bool: self = .bool(json.bool == true)
        case .string: self = .text(json.string ?? "")
        case .number, .int, .uint, .double:
            guard let number = json.decimalText.flatMap(JSONNumber.init) else { return nil }
            self = .number(number)
        case .array, .object:
            guard let tree = SchemaTree(json) else { return nil }
            self = .tree(tree)
        }
    }

    /// Calls `body` with the default as a value.
    public func withValue<R>(_ body: (borrowing Value) throws -> R) throws -> R {
        if case .tree(let tree) = self { return try tree.withValue(body) }
        var batch = RecordBatch(bytes: 64)
        switch self {
        case .bool(let flag): try batch.append(value: flag)
        case .number(let number): try batch.append(value: number)
        case .text(let text): try batch.append(value: text)
        case .tree: break
        }
        return try body(batch[0].value)
    }

    /// The default as JSON.
    public var jsonText: String { (try? withValue { $0.jsonText }) ?? "null" }
}

/// A list or an object that is kept for good.
public final class SchemaTree: @unchecked Sendable {
    // `@unchecked`: nobody changes the batch after `init`.
    private let batch: RecordBatch

    init?(_ json: borrowing Value) {
        var batch = RecordBatch(bytes: 256)
        do {
            try batch.append(value: JSONNull())
            try batch.edit(at: 0) { $0.setValue(copyOf: json) }
        } catch { return nil }
        self.batch = batch
    }

    func withValue<R>(_ body: (borrowing Value) throws -> R) throws -> R { try Self.visit(batch, body) }

    private static func visit<R>(
        _ batch: borrowing RecordBatch, _ body: (borrowing Value) throws -> R
    ) throws -> R { try body(batch[0].value) }
}
