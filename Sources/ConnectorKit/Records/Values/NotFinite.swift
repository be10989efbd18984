/// What floating point has and JSON has not: every source writes it as a string of this text, and every sink that knows
/// floating point reads the string back where its type says so. Null never stands for it.
public enum NotFinite: FieldValue, Sendable, Hashable, CaseIterable {
    /// No number.
    case nan
    /// Beyond every number.
    case infinity
    /// Below every number.
    case minusInfinity

    /// What a number that is not finite is; a finite one counts as NaN.
    public init(of number: Double) {
        self = number == .infinity ? .infinity : number == -.infinity ? .minusInfinity : .nan
    }

    /// What a string stands for; nil for any other value.
    public init?(_ value: borrowing Value) {
        guard value.kind == .string else { return nil }
        for known in Self.allCases where value == known.text {
            self = known
            return
        }
        return nil
    }

    /// The text.
    public var text: StaticString {
        switch self {
        case .nan: "NaN"
        case .infinity: "Infinity"
        case .minusInfinity: "-Infinity"
        }
    }

    /// The number.
    public var double: Double {
        switch self {
        case .nan: .nan
        case .infinity: .infinity
        case .minusInfinity: -.infinity
        }
    }

    /// Writes the string.
    public func write(to slot: borrowing ValueSlot) { "\(text)".write(to: slot) }
}
