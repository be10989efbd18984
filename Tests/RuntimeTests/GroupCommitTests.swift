import ConnectorKit
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Runtime

@Suite("Commits of many tasks at a time", .ownThread)
struct GroupCommitTests {
    private func position(_ number: Int) -> Position {
        Position(partition: ["n": .int(Int64(number))], offset: ["at": .int(Int64(number))])
    }

    /// Commits on a thread of its own each, and gives what failed.
    private func commitAtOnce(_ count: Int, _ commit: @escaping @Sendable (Int) throws -> Void) -> Failures {
        let failures = Failures(count)
        for number in 0..<count {
            Thread.detachNewThread {
                do { try commit(number) } catch { failures.add(number) }
                failures.end()
            }
        }
        return failures
    }

    private final class Failures: Sendable {
        private let state: Mutex<(numbers: [Int], running: Int)>

        init(_ count: Int) { state = Mutex(([], count)) }

        func add(_ number: Int) { state.withLock { $0.numbers.append(number) } }
        func end() { state.withLock { $0.running -= 1 } }
        var isRunning: Bool { state.withLock { $0.running > 0 } }
        var all: [Int] {
            while isRunning { usleep(1000) }
            return state.withLock { $0.numbers.sorted() }
        }
    }

    /// Holds the first transaction up until all others wait for the next.
    private final class Gate: Sendable {
        private let state = Mutex((groups: [Int](), isOpen: false))

        func pass(_ count: Int) {
            state.withLock { $0.groups.append(count) }
            while !state.withLock({ $0.isOpen }) { usleep(1000) }
        }
        func open() { state.withLock { $0.isOpen = true } }
        var groups: [Int] { state.withLock { $0.groups } }
    }

    @Test("What is due while a transaction is under way is one transaction", arguments: [2, 100])
    func joined(_ count: Int) throws {
        let gate = Gate()
        let asked = Atomic<Int>(0)
        let commits = GroupCommit { requests throws(StateError) in gate.pass(requests.count) }
        let own = position(0)
        let failures = commitAtOnce(count) { _ in
            asked.add(1, ordering: .relaxed)
            try commits.commit(GroupCommit.Request(positions: [own], pipeline: "p"))
        }
        while asked.load(ordering: .relaxed) < count || gate.groups.isEmpty { usleep(1000) }
        usleep(100_000)
        gate.open()
        #expect(failures.all == [])
        #expect(gate.groups.count <= 3 && gate.groups.reduce(0, +) == count, "\(gate.groups)")
    }

    @Test("One that cannot be stored does not keep the others from it")
    func oneFails() throws {
        let gate = Gate()
        let stored = Mutex<[String]>([])
        let commits = GroupCommit { requests throws(StateError) in
            if requests.contains(where: { $0.pipeline == "3" }) {
                throw StateError(kind: .unavailable, message: "no")
            }
            gate.pass(requests.count)
            stored.withLock { $0 += requests.map(\.pipeline) }
        }
        let failures = commitAtOnce(10) { try commits.commit(GroupCommit.Request(positions: [], pipeline: "\($0)")) }
        while gate.groups.isEmpty { usleep(1000) }
        gate.open()
        #expect(failures.all == [3])
        #expect(stored.withLock { $0.sorted() } == (0..<10).filter { $0 != 3 }.map(String.init))
    }

    @Test("A thousand tasks that commit at once make few transactions, and every position is there")
    func store() throws {
        let folder = TemporaryDirectory()
        let store = try SQLitePositionStore(path: folder("state.db"))
        let positions = (0..<1000).map(position)
        let failures = commitAtOnce(200) { thread in
            for number in thread * 5..<thread * 5 + 5 { try store.commit([positions[number]], of: "p\(number % 7)") }
        }
        #expect(failures.all == [])
        #expect(store.commitCount < 500, "\(store.commitCount)")
        for pipeline in 0..<7 {
            let expected = (0..<1000).filter { $0 % 7 == pipeline }.map { positions[$0] }
            #expect(try Set(store.positions(of: "p\(pipeline)")) == Set(expected))
        }
    }

    @Test("One task alone commits at once, each time")
    func alone() throws {
        let folder = TemporaryDirectory()
        let store = try SQLitePositionStore(path: folder("state.db"))
        for number in 0..<10 { try store.commit([position(number)], of: "p") }
        #expect(store.commitCount == 10)
    }
}
