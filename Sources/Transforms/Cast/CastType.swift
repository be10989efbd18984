/// What `Cast` can turn a value into.
enum CastType: String, CaseIterable, Sendable {
    case int8
    case int16
    case int32
    case int64
    case float32
    case float64
    case boolean
    case string

    /// Reads a type in any case.
    init?(_ text: some StringProtocol) { self.init(rawValue: text.lowercased()) }

    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What a cast comes to.
enum CastOutcome: Sendable {
    /// The value already is what it should be.
    case unchanged
    case null
    case integer(Int64)
    case double(Double)
    case float(Float)
    case boolean(Bool)
    case text(String)
    /// The value's own text, as a string.
    case ownText
    case failure(CastFailure)
}

/// Why a value cannot be cast.
enum CastFailure: Sendable {
    /// It is of a kind that this type is not made from.
    case kind
    /// It is a string that does not hold such a number.
    case text
}
