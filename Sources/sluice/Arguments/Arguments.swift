import ConnectorKit

/// The operands and flags of one call, checked against a command.
struct Arguments: Sendable {
    private(set) var operands: [String] = []
    private var values: [Flag: [String]] = [:]

    /// Whether the flag was given.
    func has(_ flag: Flag) -> Bool { values[flag] != nil }

    /// The flag's value; nil when it was not given.
    subscript(_ flag: Flag) -> String? { values[flag]?.last }

    /// Every value of a repeatable flag.
    func all(_ flag: Flag) -> [String] { values[flag] ?? [] }

    /// Reads the words that follow a command's name.
    init(_ words: some Sequence<String>, of command: Command) throws {
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            if word.hasPrefix("-"), word != "-" { try take(word, &rest, command) } else { operands.append(word) }
        }
        if !has(.help) { try checkOperands(command) }
    }

    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>, _ command: Command) throws {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0] == "-h" ? Flag.help.name : parts[0]
        guard let flag = command.allFlags.first(where: { $0.name == name }) else {
            let hint = nearest(name, in: command.allFlags.map(\.name)).map { "; did you mean \($0)?" }
            throw CommandFailure(
                .badInput, "sluice \(command.name) has no flag \(name)\(hint ?? "; see: sluice \(command.name) --help")"
            )
        }
        guard values[flag] == nil || flag.isRepeatable else {
            throw CommandFailure(.badInput, "\(name) is given twice; give it once")
        }
        values[flag, default: []].append(try value(of: flag, inline: parts.count == 2 ? parts[1] : nil, &rest))
    }

    private func value(of flag: Flag, inline: String?, _ rest: inout ArraySlice<String>) throws -> String {
        guard let placeholder = flag.value else {
            if inline == nil { return "" }
            throw CommandFailure(.badInput, "\(flag.name) takes no value; write \(flag.name) alone")
        }
        guard let value = inline ?? rest.popFirst() else {
            throw CommandFailure(.badInput, "\(flag.name) needs a value; write \(flag.name) \(placeholder)")
        }
        guard flag.choices.isEmpty || flag.choices.contains(value) else {
            let hint = nearest(value, in: flag.choices).map { " (did you mean \($0)?)" } ?? ""
            throw CommandFailure(
                .badInput,
                "\(flag.name) is \"\(value)\"; expected one of \(flag.choices.joined(separator: ", "))\(hint)")
        }
        return value
    }

    private func checkOperands(_ command: Command) throws {
        if operands.count < command.operandCount.lowerBound {
            throw CommandFailure(
                .badInput, "sluice \(command.name) needs \(command.operands); for example: \(command.example)")
        }
        if operands.count > command.operandCount.upperBound {
            throw CommandFailure(
                .badInput,
                "sluice \(command.name) has no use for \"\(operands[command.operandCount.upperBound])\"; "
                    + "see: sluice \(command.name) --help")
        }
    }
}
