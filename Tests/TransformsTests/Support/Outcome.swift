import ConnectorKit
import Testing
import Transforms

/// What became of one record.
enum Outcome: Hashable {
    case dropped
    case rejected(String)
    case passed(Passed)

    struct Passed: Hashable {
        var value: JSON
        var key: JSON
        var headers: [JSON]
        var topic: String?
        var partition: Int32?
        var timestamp: Int64?
    }

    init(_ index: Int, of batch: borrowing RecordBatch) throws {
        if batch.isDropped(index) {
            self = .dropped
        } else if let rejection = batch.rejections.first(where: { $0.recordIndex == index }) {
            self = .rejected(rejection.error.message)
        } else {
            self = .passed(try Passed(batch[index]))
        }
    }

    var value: JSON? { if case .passed(let record) = self { record.value } else { nil } }
    var key: JSON? { if case .passed(let record) = self { record.key } else { nil } }
    var error: String? { if case .rejected(let message) = self { message } else { nil } }
}

extension Outcome.Passed {
    init(_ record: Record) throws {
        value = try JSON(record.value.jsonText)
        key = try JSON(record.key.jsonText)
        headers = []
        var texts: [String] = []
        record.headers.forEach({ name, value in
            texts.append("{\"key\":\(name.jsonText),\"value\":\(value.jsonText)}")
        })
        headers = try texts.map { try JSON($0) }
        topic = record.topic
        partition = record.partition
        timestamp = record.timestamp
    }
}

/// A transform as a pipeline names it: `Cast`, `Cast$Key`.
func makeTransform(_ type: String, _ config: String) throws -> any Transform {
    let parts = type.split(separator: "$", maxSplits: 1)
    let part = parts.count == 2 ? try #require(RecordPart(rawValue: String(parts[1]))) : .value
    let definition = try #require(builtIns.transforms.first { $0.name == parts[0] })
    #expect(parts.count == 1 || definition.worksOnParts)
    return try definition.make(try ConfigValues(json: config, definition: definition.config), part)
}

/// A predicate as a pipeline names it.
func makePredicate(_ type: String, _ config: String) throws -> any Predicate {
    let definition = try #require(builtIns.predicates.first { $0.name == type })
    return try definition.make(try ConfigValues(json: config, definition: definition.config))
}

/// Sends one record through a transform.
func transform(_ type: String, _ config: String, _ record: TestRecord) throws -> Outcome {
    var batch = RecordBatch()
    try record.append(to: &batch)
    try makeTransform(type, config).apply(to: &batch)
    return try Outcome(0, of: batch)
}

/// Sends one record that has only a value through a transform.
func transform(_ type: String, _ config: String, value: String) throws -> Outcome {
    try transform(type, config, TestRecord(value: value))
}

/// Whether a predicate chooses a record.
func isChosen(_ type: String, _ config: String, _ record: TestRecord) throws -> Bool {
    var batch = RecordBatch()
    try record.append(to: &batch)
    try makePredicate(type, config).select(in: &batch, negated: false)
    var isChosen = false
    try batch.edit { _ in
        isChosen = true
        return true
    }
    batch.takeBackAll()
    return isChosen
}
