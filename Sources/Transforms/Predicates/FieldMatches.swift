internal import ConnectorKit

/// Chooses records by the text of a field.
struct FieldMatches: Predicate {
    private let path: FieldPath
    private let pattern: TextPattern

    init(path: FieldPath, pattern: TextPattern) {
        self.path = path
        self.pattern = pattern
    }

    func matches(_ record: Record) -> Bool { matches(record[path: path]) }

    private func matches(_ value: Value) -> Bool {
        switch value.kind {
        case .string:
            if case .literal(let text, _) = pattern.form { return value.equals(text) }
            return value.withString(pattern.matches) ?? false
        case .number: return value.withNumberText(pattern.matches) ?? false
        case .bool: return pattern.matches(value.bool == true ? "true" : "false")
        case .int, .uint, .double: return value.decimalText.map(pattern.matches) ?? false
        case .missing, .null, .bytes, .array, .object: return false
        }
    }
}

extension FieldMatches {
    static let field = Setting.string(
        "field",
        """
        The field: a path below the value whose steps are separated by dots, with backticks around a name that has dots.
        """
    ).example("actor.login").checked { text in
        do throws(FieldPathError) {
            _ = try FieldPath(text)
            return nil
        } catch {
            return "field \"\(text)\" is no path: \(error)"
        }
    }

    static let pattern = Setting.patternText(
        "pattern", "Regular expression that must match the whole text of the field."
    )
    .example("Push.*|Create.*")

    static let definition = PredicateDefinition(
        "FieldMatches",
        documentation: """
            Chooses records in which the text of a field matches a regular expression as a whole.

            ```json
            { "type": "Filter",
              "predicate": { "type": "FieldMatches", "field": "actor.login", "pattern": ".*\\\\[bot\\\\]" } }
            ```

            drops what bots did. A string's text is the string, a number's its JSON text, a truth value's `true` or \
            `false`. A field that is missing, null, an object or a list is not chosen; use `"negate": true` to choose it.

            The pattern is written as in Java: characters, `.`, classes (`[a-z]`, `[^a-z]`, `\\d`, `\\w`, `\\s` and their \
            opposites), groups, `|`, `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`, `\\Q…\\E`, and `(?i)` or `(?s)` at the very \
            start. Backreferences, lookaround, possessive repetition, `\\b` and `\\p{…}` are refused when the pipeline is \
            checked. In return matching takes time in proportion to the text whatever the pattern, and a pattern \
            without special characters is a plain comparison.
            """,
        config: ConfigDefinition([field, pattern]),
        make: { values in
            FieldMatches(path: try FieldPath(values[field]), pattern: try TextPattern(values[pattern]))
        })
}
