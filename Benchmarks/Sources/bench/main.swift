import Foundation

// Measures the worker from outside, against a C++ program that does the same work by hand, in one run:
//
//     scripts/bench [ROUNDS]
//
// Rounds alternate the programs, so that a machine that changes speed changes it for both; figures are medians.

do {
    let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 5
    let bench = try Bench(rounds: max(3, rounds))
    try bench.fileToFile()
    try bench.emulatorTasks()
    try bench.startAndIdle()
    try bench.kafka()
} catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(1)
}
