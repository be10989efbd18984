/// Shows the help of everything, or of the command that the words name.
func showHelp(for words: [String], _ terminal: Terminal) throws -> ExitStatus {
    let group = commands.filter { $0.words.starts(with: words) }
    if words.isEmpty {
        terminal.print(overview)
    } else if group.isEmpty {
        _ = try findCommand(words)
    } else {
        terminal.print(group.map(help).joined(separator: "\n\n"))
    }
    return .success
}

/// The usage of one command.
func help(for command: Command) -> String {
    let flags = command.allFlags.map { ("  " + usage(of: $0), $0.summary) }
    let words = ["sluice", command.name, command.operands, "[flags]"].filter { !$0.isEmpty }
    return """
        \(command.summary)

        usage: \(words.joined(separator: " "))

        \(columns(flags))

        example:
          \(command.example)
        """
}

private var overview: String {
    """
    Moves records from a source through transforms to sinks.

    usage: sluice COMMAND …

    \(columns(commands.map { ("  " + $0.name, $0.summary) }))

    sluice COMMAND --help shows a command's flags and an example.
    exit codes: 0 well, 1 failure while running, 2 bad input or configuration, 3 something missing

    example:
      sluice run pipeline.json
    """
}

private func usage(of flag: Flag) -> String { [flag.name, flag.value].compactMap(\.self).joined(separator: " ") }

/// Two columns, the first as wide as its widest cell.
func columns(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }.joined(separator: "\n")
}
