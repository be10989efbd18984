import ConnectorKit

/// Every command, in the order of the help.
let commands: [Command] = [
    .run, .validate, .graph, .pluginsList, .pluginsDescribe, .schema, .offsetsList, .offsetsReset, .newSource,
    .newSink, .newTransform, .completions, .version,
]

/// Finds the command that the words name, runs it and prints what went wrong.
func runCommand(_ words: [String], _ terminal: Terminal) async -> ExitStatus {
    do {
        guard let first = words.first else { throw CommandFailure(.badInput, "no command; see: sluice --help") }
        if ["--help", "-h", "help"].contains(first) { return try showHelp(for: Array(words.dropFirst()), terminal) }
        if words.count == 2, ["--help", "-h"].contains(words[1]) { return try showHelp(for: [first], terminal) }
        let command = try first == "--version" ? .version : findCommand(words)
        let rest = first == "--version" ? words.dropFirst() : words.dropFirst(command.words.count)
        let arguments = try Arguments(rest, of: command)
        if arguments.has(.help) {
            terminal.print(help(for: command))
            return .success
        }
        return try await command.run(arguments, terminal)
    } catch let failure as CommandFailure {
        for message in failure.messages { terminal.error(message) }
        return failure.status
    } catch {
        terminal.error("\(error)")
        return .failure
    }
}

/// The command whose name the words begin with.
func findCommand(_ words: [String]) throws -> Command {
    if let command = commands.first(where: { words.starts(with: $0.words) }) { return command }
    let group = commands.filter { $0.words.first == words[0] }
    if group.isEmpty {
        let names = commands.compactMap(\.words.first)
        let hint = nearest(words[0], in: names).map { "did you mean \"\($0)\"?" } ?? "see: sluice --help"
        throw CommandFailure(.badInput, "there is no command \"\(words[0])\"; \(hint)")
    }
    let names = group.map { $0.words.dropFirst().joined(separator: " ") }
    guard words.count > 1 else {
        throw CommandFailure(.badInput, "sluice \(words[0]) needs one of: \(names.joined(separator: ", "))")
    }
    let hint = nearest(words[1], in: names).map { "did you mean \"\($0)\"?" }
    throw CommandFailure(
        .badInput,
        "sluice \(words[0]) has no command \"\(words[1])\"; \(hint ?? "it has: " + names.joined(separator: ", "))")
}
