import TestSupport

/// The command line.
struct Options {
    static let usage = """
        Does to workers what the world does, and says whether their records are all there: a scenario of faults with servers
        of its own, or a pipeline of yours whose worker is killed at random moments.

        \(ScenarioOptions.usage)usage: crash-run PIPELINE --expect COUNT --read-back COMMAND [options]

          PIPELINE              reads the emulator's counter (kinds: counter) of COUNT records into some sink
          --expect COUNT        how many numbers there are, from 0 on
          --read-back COMMAND   a shell command that prints what the sink holds, one number a line
          --exactly-once        a number that is there twice is a failure too
          --rounds N            lives that are cut short (30)
          --seed N              decides the moments (1)
          --longest MS          the longest of these lives, in milliseconds (300)
          --disturb COMMAND     a shell command run in every second life, such as one that restarts the other system
          --json                prints the verdict as JSON

        The worker runs in the current folder. The verdict is one line; the exit code is 0 for PASS, 1 for FAIL, 2 for a
        command line or pipeline that is no good.

          crash-run counter.json --expect 40000 --read-back "jq .n out/*.ndjson" --exactly-once --seed 7

        """

    struct Mistake: Error {
        let sentence: String
    }

    var plan: CrashPlan
    var expected = 0
    var readBack = ""
    var isExact = false
    var isJSON = false

    init(_ arguments: [String]) throws(Mistake) {
        plan = CrashPlan(pipeline: "")
        var rest = arguments[...]
        while let argument = rest.popFirst() { try take(argument, &rest) }
        if plan.pipeline.isEmpty { throw Mistake(sentence: "no pipeline was given") }
        if expected == 0 { throw Mistake(sentence: "--expect is missing: how many numbers there are") }
        if readBack.isEmpty { throw Mistake(sentence: "--read-back is missing: a command that prints the numbers") }
    }

    private mutating func take(_ argument: String, _ rest: inout ArraySlice<String>) throws(Mistake) {
        switch argument {
        case "--expect": expected = try number(argument, &rest)
        case "--read-back": readBack = try text(argument, &rest)
        case "--exactly-once": isExact = true
        case "--rounds": plan.rounds = try number(argument, &rest)
        case "--seed": plan.seed = UInt64(try number(argument, &rest))
        case "--longest": plan.longest = try number(argument, &rest)
        case "--disturb": plan.disturbance = try text(argument, &rest)
        case "--json": isJSON = true
        case _ where argument.hasPrefix("-") || !plan.pipeline.isEmpty:
            throw Mistake(sentence: "\(argument) is not known; crash-run --help lists what is")
        default: plan.pipeline = argument
        }
    }

    private func text(_ option: String, _ rest: inout ArraySlice<String>) throws(Mistake) -> String {
        guard let text = rest.popFirst() else { throw Mistake(sentence: "\(option) needs a value") }
        return text
    }

    private func number(_ option: String, _ rest: inout ArraySlice<String>) throws(Mistake) -> Int {
        try Self.number(option, text(option, &rest))
    }

    static func number(_ option: String, _ given: String) throws(Mistake) -> Int {
        guard let number = Int(given), (1...100_000_000).contains(number) else {
            throw Mistake(sentence: "\(option) is \(given); expected a number from 1 to 100000000")
        }
        return number
    }
}
