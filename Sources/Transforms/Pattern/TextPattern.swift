internal import ConnectorKit

/// A regular expression that must cover the whole text, as `java.util.regex.Matcher.matches` asks.
///
/// Matching takes time linear in the text whatever the pattern, allocates nothing and needs no lock. That is why this
/// is neither Swift's `Regex`, which wants a `String` for each record, nor the C library's `regexec`, which takes memory
/// on every call, knows neither `\d` nor UTF-8 here, and is slow.
struct TextPattern: Sendable {
    /// How matching is done.
    enum Form: Sendable {
        /// The pattern has no special character: compare.
        case literal(FieldName, bytes: [UInt8])
        /// Step through a table.
        case automaton(PatternAutomaton)
    }

    let form: Form

    init(_ text: String) throws(PatternError) {
        guard !text.isEmpty else { throw PatternError(message: "it is empty; expected a regular expression") }
        let node = try PatternParser.parse(text)
        if let literal = node.literal {
            form = .literal(FieldName(interning: literal), bytes: Array(literal.utf8))
        } else {
            form = .automaton(try AutomatonBuilder.build(node))
        }
    }

    /// Whether the pattern covers all of `text`, which is UTF-8.
    func matches(_ text: Span<UInt8>) -> Bool {
        switch form {
        case .literal(_, let bytes): text.count == bytes.count && bytes.indices.allSatisfy { text[$0] == bytes[$0] }
        case .automaton(let automaton): automaton.matches(text)
        }
    }

    /// Whether the pattern covers all of `text`.
    func matches(_ text: String) -> Bool { matches(text.utf8.span) }
}
