import CPostgres

/// The fields of an error that the server reports, and what they say of its cause.
struct ServerReport {
    let state: String
    /// The server's sentence, which may quote a row; so may ``detail`` and ``context``.
    let primary: String
    private let detail: String
    /// Where it happened: empty for a statement that did not come to run, else the function or the COPY's row.
    private let context: String
    /// The C function that reported it.
    private let routine: String
    private let isSessionOver: Bool
    /// What the server's own code names.
    private let names: [(noun: String, name: String)]

    init(_ result: OpaquePointer) {
        func field(_ code: Character) -> String {
            guard let text = unsafe PQresultErrorField(result, Int32(code.asciiValue ?? 0)) else { return "" }
            return unsafe String(cString: text)
        }
        state = field("C")
        primary = field("M")
        detail = field("D")
        context = field("W")
        routine = field("R")
        isSessionOver = ["FATAL", "PANIC"].contains(field("V"))
        let column = field("c").isEmpty ? Self.column(in: context) : field("c")
        let given = [("table", field("t")), ("column", column), ("constraint", field("n")), ("type", field("d"))]
        // A procedure may say USING COLUMN = NEW.email.
        names = Self.isRaised(by: routine) ? [] : given.filter { !$0.1.isEmpty }
    }

    /// What is wrong with a row, without anything that it holds.
    var place: String {
        let code = "SQLSTATE \(state)" + (Self.conditions[state].map { " (\($0))" } ?? "")
        return ([code] + names.map { "\($0.noun) \"\($0.name)\"" }).joined(separator: ", ")
    }

    /// The server's words behind others, each without a line break; nil when there are none.
    func words(_ first: [String]) -> String? {
        let all = (first + [detail, context]).filter { !$0.isEmpty }.map(ServerError.firstLine)
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    /// The column in `COPY t, line 1, column a: "…"`, which is all that the server says of it.
    private static func column(in context: String) -> String {
        let line = context.prefix { !$0.isNewline }
        guard line.hasPrefix("COPY "), let start = line.firstRange(of: ", column ")?.upperBound else { return "" }
        let rest = line[start...]
        return rest.firstRange(of: ": ").map { String(rest[..<$0.lowerBound]) } ?? ""
    }

    /// The names that PostgreSQL's manual has for what rows are refused for.
    private static let conditions = [
        "22001": "string_data_right_truncation", "22003": "numeric_value_out_of_range",
        "22007": "invalid_datetime_format", "22008": "datetime_field_overflow", "22012": "division_by_zero",
        "22021": "character_not_in_repertoire", "22023": "invalid_parameter_value",
        "22P02": "invalid_text_representation", "22P05": "untranslatable_character", "23001": "restrict_violation",
        "23502": "not_null_violation", "23503": "foreign_key_violation", "23505": "unique_violation",
        "23514": "check_violation", "23P01": "exclusion_violation", "428C9": "generated_always",
        "42501": "insufficient_privilege: a policy of row-level security", "44000": "with_check_option_violation",
        "54000": "program_limit_exceeded", "P0001": "raise_exception", "P0004": "assert_failure",
        "XX000": "internal_error",
    ]
}

extension ServerReport {
    /// What the server says while it deals with rows is about them, unless it is about the connection, the transaction or the
    /// server, or the statement was wrong before it came to a row.
    var meaning: ServerError.Meaning {
        if isSessionOver { return state == "57P04" || state.hasPrefix("28") ? .configuration : .lost }
        // A procedure that raises these asks for the transaction to be repeated.
        if state == "40001" || state == "40P01" { return .undone }
        return isDecided ? .badRow : known ?? general
    }

    /// Whether a procedure, or a policy of row-level security, refused a row by a decision of its own, whatever the code.
    private var isDecided: Bool {
        ["exec_stmt_raise", "exec_stmt_assert", "throw_tcl_error", "ExecWithCheckOptions"].contains(routine)
    }

    /// Whether the words are a procedure's; Python's also hands on what the server said to it.
    private static func isRaised(by routine: String) -> Bool {
        ["exec_stmt_raise", "exec_stmt_assert", "throw_tcl_error", "PLy_elog_impl"].contains(routine)
    }

    /// Codes of one meaning; nil for others.
    private var known: ServerError.Meaning? {
        switch state {
        case "3D000", "3F000", "42501": .configuration
        case "55P03", "57014", "55006", "HV00N", "HV001", "72000": .busy
        case "25006", "25P02": .lost
        // COPY finds another table than the one that was looked at: a view, or one under row-level security.
        case "0A000" where routine == "DoCopy", "42809" where routine == "CopyFrom": .outdated
        case "21000", "428C9", "XX000": .badRow
        case "42P10" where context.isEmpty: .configuration
        case "42P01" where context.isEmpty, "42703" where context.isEmpty: .outdated
        case "42P07" where context.isEmpty, "42701" where context.isEmpty: .outdated
        default: nil
        }
    }

    /// Goes by the class, from PostgreSQL's "Appendix A. PostgreSQL Error Codes".
    private var general: ServerError.Meaning {
        switch state.prefix(2) {
        case "40": .undone
        case "08", "53", "57", "58": .busy
        case "28": .configuration
        case "F0", "XX": .other
        // Of the statement itself, which no row has had a part in when nothing ran.
        case "0A", "0B", "0L", "0P", "0Z", "25", "26", "2B", "2D", "3B", "42", "55": context.isEmpty ? .other : .badRow
        default: .badRow
        }
    }
}
