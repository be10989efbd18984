import Foundation
import TestSupport
import Testing

/// In two halves with servers of their own, since a run waits most of the time.
@Suite(
    "The fault harness finds nothing missing, doubled or out of order", .ownThread, .timeLimit(.minutes(15)),
    .enabled(if: ApacheKafka.home != nil, Comment(rawValue: ApacheKafka.absence)),
    .enabled(if: NewerLibrdkafka.file != nil, Comment(rawValue: NewerLibrdkafka.absence)))
enum FaultScenarioTests {
    /// `crash-run` runs every scenario with all sinks and libraries, and for as long as told; here each is run with the
    /// sinks that it is most likely to go wrong with.
    static let cases = [
        "task-count/file/system", "task-count/kafka/newer", "join-leave/postgres/system", "join-leave/mongodb/system",
        "join-leave/kafka/system", "join-leave/file/system", "join-leave-named/postgres/system",
        "join-leave-named/kafka-plain/system",
        "two-tasks/postgres/system", "two-tasks/kafka/newer", "two-tasks/file/system", "cut-member/postgres/system",
        "cut-member/mongodb/system", "cut-member/kafka-plain/system", "commit-in-doubt/postgres/system",
        "commit-in-doubt/mongodb/system", "kill-tasks/file/system", "standstill/postgres/system",
        "locked-table/postgres/system", "kill-member/postgres/system", "kill-member/kafka/system",
        "frozen-member/postgres/system", "frozen-member/kafka/newer", "hung-owner/postgres/system",
        "broker-restart/postgres/system", "broker-restart/kafka/newer", "sink-restart/postgres/system",
        "sink-restart/mongodb/system", "bad-network/postgres/system", "bad-network/kafka/newer",
    ]

    private static let grounds = (0..<2).map { _ in Result { try FaultGround() } }

    static func half(_ number: Int) -> [FaultScenario.Case] {
        let all = FaultScenario.all.flatMap(\.cases)
        return cases.enumerated().filter { $0.offset % 2 == number }.compactMap { entry in
            all.first { $0.name == entry.element }
        }
    }

    static func run(_ scenario: FaultScenario.Case, _ half: Int) throws {
        let ground = try grounds[half].get()
        let folder = TemporaryDirectory()
        let verdict = try FaultRun(scenario, seed: 1, on: ground, in: URL(fileURLWithPath: folder.path))()
        #expect(verdict.passes, Comment(rawValue: verdict.line))
    }

    @Suite(.serialized)
    struct FirstHalf {
        @Test("as the scenario says", arguments: half(0))
        func passes(_ scenario: FaultScenario.Case) throws { try run(scenario, 0) }
    }

    @Suite(.serialized)
    struct SecondHalf {
        @Test("as the scenario says", arguments: half(1))
        func passes(_ scenario: FaultScenario.Case) throws { try run(scenario, 1) }
    }

    @Test("every case is one of a scenario")
    static func names() { #expect(half(0).count + half(1).count == cases.count) }
}
