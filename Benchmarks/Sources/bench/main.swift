import Foundation

// Measures the worker from outside, against a C++ program that does the same work by hand, in one run:
//
//     scripts/bench [ROUNDS [PART…]]
//
// Rounds alternate the programs, so that a machine that changes speed changes it for both; figures are medians.

do {
    let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 5
    let bench = try Bench(rounds: max(3, rounds))
    let parts: [(name: String, run: () throws -> Void)] = [
        ("file", bench.fileToFile), ("tasks", bench.emulatorTasks), ("start", bench.startAndIdle),
        ("kafka", bench.kafka), ("postgres", { try PostgresBench(bench).run() }),
        ("mongodb", { try MongoDBBench(bench)?.run() }),
    ]
    let wanted = CommandLine.arguments.dropFirst(2)
    for part in parts where wanted.isEmpty || wanted.contains(part.name) { try part.run() }
} catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(1)
}
