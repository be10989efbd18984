import TestSupport

/// The command line of a fault scenario.
struct ScenarioOptions {
    static let usage = """
        usage: crash-run --list
               crash-run --scenario NAME[/SINK[/LIBRARY]] [options]

          --scenario NAME   one scenario, or all; with a sink and a library as --list shows them, only that
          --seed N          decides all moments (1)
          --minutes N       runs again and again, each time with the next seed, for so long; without it once
          --logs FOLDER     where runs that fail leave the logs and files of their workers (crash-run-logs)

        A run starts Apache Kafka (KAFKA_HOME), and PostgreSQL and MongoDB as scripts/setup --tests installs them; each
        worker stands behind proxies. Each run is one verdict line; the exit code is 0 when all pass.

          crash-run --scenario join-leave/postgres/system --seed 7
          crash-run --scenario all --minutes 60


        """

    var cases: [FaultScenario.Case] = []
    var seed: UInt64 = 1
    var minutes: Int?
    var logs = "crash-run-logs"

    init(_ arguments: [String]) throws(Options.Mistake) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Options.Mistake(sentence: "\(argument) needs a value") }
            switch argument {
            case "--scenario": cases = try Self.cases(value)
            case "--seed": seed = UInt64(try Options.number(argument, value))
            case "--minutes": minutes = try Options.number(argument, value)
            case "--logs": logs = value
            default: throw Options.Mistake(sentence: "\(argument) is not known; crash-run --help lists what is")
            }
        }
    }

    private static func cases(_ name: String) throws(Options.Mistake) -> [FaultScenario.Case] {
        let all = FaultScenario.all.flatMap(\.cases)
        let found = name == "all" ? all : all.filter { $0.name == name || $0.name.hasPrefix("\(name)/") }
        if found.isEmpty { throw Options.Mistake(sentence: "\(name) is no scenario; crash-run --list shows them") }
        return found
    }
}
