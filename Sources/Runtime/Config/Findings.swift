internal import ConnectorKit
internal import Glibc

/// Problems as they are found, so that all of them can be told at once.
struct Findings {
    /// Further ones are counted.
    private static let mostShown = 100

    private(set) var problems: [ConfigProblem] = []
    private var unshown = 0
    private var isEnvironmental = true

    var isEmpty: Bool { problems.isEmpty }

    /// Notes a fault of the configuration.
    mutating func add(_ problem: ConfigProblem) {
        isEnvironmental = false
        note(problem)
    }

    private mutating func note(_ problem: ConfigProblem) {
        if problems.count < Self.mostShown { problems.append(problem) } else { unshown += 1 }
    }

    /// Notes a fault of the configuration.
    mutating func add(_ message: String, at location: ConfigLocation) { add(ConfigProblem(message, at: location)) }

    /// Notes something that is missing outside the configuration.
    mutating func addEnvironmental(_ message: String, at location: ConfigLocation) {
        note(ConfigProblem(message, at: location))
    }

    /// Whether a file that the command line names can be read; notes it when not.
    mutating func noteUnlessReadable(_ path: String) -> Bool {
        if unsafe access(path, R_OK) == 0 { return true }
        addEnvironmental("the file cannot be read: \(systemMessage(errno))", at: ConfigLocation(file: path))
        return false
    }

    /// Takes over what another search found.
    mutating func append(_ other: Findings) {
        other.problems.forEach { note($0) }
        unshown += other.unshown
        isEnvironmental = isEnvironmental && other.isEnvironmental
    }

    /// Runs `body` and notes what it throws; nil when it threw.
    mutating func collect<Result>(_ body: () throws(ConfigProblems) -> Result) -> Result? {
        do throws(ConfigProblems) { return try body() } catch {
            for problem in error.problems { add(problem) }
            return nil
        }
    }

    /// What to throw, in the words of `variables`.
    func failure(hiding variables: ResolvedVariables) -> ConfigFailure {
        let redactor = Redactor(variables.secrets)
        var hidden = problems.map { ConfigProblem(redactor.redact(variables.hide(in: $0.message)), at: $0.location) }
        if unshown > 0, let last = problems.last {
            hidden.append(ConfigProblem("\(unshown) more problems are not shown", at: last.location))
        }
        return ConfigFailure(problems: hidden, isEnvironmental: isEnvironmental)
    }
}
