extension Command {
    static let completions = Command(
        name: "completions", summary: "Print a script that completes commands and flags in a shell.",
        operands: "bash|zsh|fish", operandCount: 1...1, example: "source <(sluice completions bash)",
        run: { arguments, terminal in
            switch arguments.operands[0] {
            case "bash": terminal.print(bashCompletions)
            case "zsh":
                terminal.print("#compdef sluice\nautoload -U +X bashcompinit && bashcompinit\n\(bashCompletions)")
            case "fish": terminal.print(fishCompletions)
            case let shell:
                throw CommandFailure(.badInput, "there are no completions for \"\(shell)\"; expected bash, zsh or fish")
            }
            return .success
        })
}

private var groups: [String] {
    var names: [String] = []
    for command in commands { if let name = command.words.first, !names.contains(name) { names.append(name) } }
    return names
}

private var bashCompletions: String {
    let flags = commands.map { command in
        "    '\(command.name) '*) words='\(command.allFlags.map(\.name).joined(separator: " "))' ;;"
    }
    let seconds = groups.compactMap { group -> String? in
        let words = commands.filter { $0.words.first == group }.compactMap { $0.words.dropFirst().first }
        return words.isEmpty ? nil : "    '\(group)') words='\(words.joined(separator: " "))' ;;"
    }
    return """
        _sluice() {
          local word="${COMP_WORDS[COMP_CWORD]}" words=''
          if [ "$COMP_CWORD" -eq 1 ]; then
            words='\(groups.joined(separator: " ")) --help'
          elif [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
            case "${COMP_WORDS[1]}" in
        \(seconds.joined(separator: "\n"))
            esac
          fi
          if [ "${word#-}" != "$word" ]; then
            case "${COMP_WORDS[*]:1} " in
        \(flags.joined(separator: "\n"))
            esac
          fi
          COMPREPLY=($(compgen -W "$words" -- "$word"))
        }
        complete -o default -o bashdefault -F _sluice sluice
        """
}

private var fishCompletions: String {
    var lines: [String] = []
    for command in commands {
        let words = command.words
        let summary = command.summary.replacing("'", with: "\\'")
        if words.count == 1 {
            lines.append("complete -c sluice -n __fish_use_subcommand -a \(words[0]) -d '\(summary)'")
        } else {
            lines.append("complete -c sluice -n __fish_use_subcommand -a \(words[0])")
            lines.append(
                "complete -c sluice -n '__fish_seen_subcommand_from \(words[0])' -a \(words[1]) -d '\(summary)'")
        }
        for flag in command.allFlags {
            let argument =
                flag.value == nil
                ? "" : flag.choices.isEmpty ? " -r" : " -x -a '\(flag.choices.joined(separator: " "))'"
            let condition = words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            let text = flag.summary.replacing("'", with: "\\'")
            lines.append("complete -c sluice -n '\(condition)' -l \(flag.name.dropFirst(2))\(argument) -d '\(text)'")
        }
    }
    return lines.joined(separator: "\n")
}
