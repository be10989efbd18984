/// One thing that `sluice` does.
struct Command: Sendable {
    /// The words that call it: `plugins list`.
    let name: String
    /// What it does, in one sentence.
    let summary: String
    /// Its operands for the usage line; empty when it takes none.
    var operands = ""
    /// How many operands it takes.
    var operandCount = 0...0
    /// Its flags.
    var flags: [Flag] = []
    /// What one would type.
    let example: String
    /// Does it.
    let run: @Sendable (Arguments, Terminal) async throws -> ExitStatus

    var words: [String] { name.split(separator: " ").map(String.init) }
    var allFlags: [Flag] { flags + [.help] }
}

/// One flag of a command.
struct Flag: Sendable, Hashable {
    /// With its dashes.
    let name: String
    /// What stands for its value in the usage line; nil when it has none.
    var value: String?
    /// What it does.
    let summary: String
    /// The words it may have, for completion; empty for any.
    var choices: [String] = []
    /// Whether it may be given several times.
    var isRepeatable = false

    static let help = Flag(name: "--help", summary: "Show this help.")
    static let json = Flag(name: "--json", summary: "Print JSON.")
}
