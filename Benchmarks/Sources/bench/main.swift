import Foundation

// Measures the worker from outside, against a C++ program that does the same work by hand, in one run:
//
//     scripts/bench [ROUNDS] [PART…]
//
// `scripts/bench grow` looks whether anything costs more than its size; BENCH_GROW names one row of it.
//
// Rounds alternate the programs, so that a machine that changes speed changes it for both; figures are medians.

do {
    let first = CommandLine.arguments.dropFirst().first
    let rounds = first.flatMap(Int.init) ?? 5
    let bench = try Bench(rounds: max(3, rounds))
    let parts: [(name: String, run: () throws -> Void)] = [
        ("file", bench.fileToFile), ("tasks", bench.emulatorTasks), ("start", bench.startAndIdle),
        ("kafka", bench.kafka), ("postgres", { try PostgresBench(bench).run() }),
        ("mongodb", { try MongoDBBench(bench)?.run() }), ("grow", bench.grow),
    ]
    let wanted = CommandLine.arguments.dropFirst(first.flatMap(Int.init) == nil ? 1 : 2)
    for part in parts where wanted.isEmpty || wanted.contains(part.name) { try part.run() }
} catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(1)
}
