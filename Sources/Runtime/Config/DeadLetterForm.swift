internal import ConnectorKit

/// What a dead letter is.
public struct DeadLetterForm: Sendable, Hashable {
    /// What the queue's sink gets for a record.
    enum Shape: String, Sendable, CaseIterable {
        /// An object that describes the failure and holds the record.
        case object
        /// The record as it was read.
        case record
    }

    var shape = Shape.object
    /// Whether a record gets headers that describe the failure.
    var hasHeaders = false
}

/// The settings of a dead letter queue that belong to the worker.
enum DeadLetterSettings {
    static let form = "letter.format"
    static let headers = "context.headers.enable"

    static let shape = Setting.enumeration(
        form, DeadLetterForm.Shape.self,
        "`object` is one object with the failure and the record in it, which every sink can hold; `record` is the record as "
            + "it was read, with its key and headers."
    ).defaulting(to: .object)
    static let hasHeaders = Setting.bool(
        headers, "Whether a `record` gets the headers `__connect.errors.*`, which tell of the failure."
    ).defaulting(to: false)

    static let definition = ConfigDefinition(
        [shape, hasHeaders],
        rules: [
            {
                $0[hasHeaders] && $0[shape] == .object
                    ? (headers, "\(headers) needs \(form) record; an object tells of the failure itself") : nil
            }
        ])
    static let names: Set<String> = [form, headers]
}
