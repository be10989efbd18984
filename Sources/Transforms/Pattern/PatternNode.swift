/// A regular expression as its parts.
enum PatternNode: Sendable, Hashable {
    /// One character out of a set.
    case character(ScalarSet)
    /// One part after the other; none at all is the empty text.
    case sequence([PatternNode])
    /// One of these.
    case alternatives([PatternNode])
    /// The part again and again; nil for no upper limit.
    indirect case repetition(PatternNode, least: Int, most: Int?)

    /// The one text this matches; nil when it matches several.
    var literal: String? {
        switch self {
        case .character(let set): set.onlyMember.map { String($0) }
        case .sequence(let parts):
            parts.reduce("") { text, part in text.flatMap { text in part.literal.map { text + $0 } } }
        case .alternatives, .repetition: nil
        }
    }
}

/// A pattern that is no regular expression, or uses what this engine does not have.
struct PatternError: Error, Hashable {
    /// What is wrong and what to do, in one sentence.
    let message: String
}
