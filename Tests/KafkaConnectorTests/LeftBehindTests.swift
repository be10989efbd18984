import ConnectorKit
import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import KafkaConnector

@Suite("How many Kafka clients may be left behind") struct ClientLimitTests {
    @Test("with 16 that do not end no further one is made, for now", arguments: [0, 15, 16, 17])
    func limit(_ others: Int) {
        let error = Result { try DetachedCall.admit(beside: others) }.failure
        #expect((error as? ConnectorError)?.kind == (others < 16 ? nil : .restartable))
    }
}

@Suite("Calls of librdkafka that are not waited for any longer", .ownThread) struct DetachedCallTests {
    @Test("what returns is waited for, however long, as long as somebody wants it")
    func returns() {
        let done = Flag()
        #expect(DetachedCall { done.raise(after: 200) }.run { true })
        #expect(done.isRaised)
    }

    @Test("what does not return is left behind, and goes on by itself")
    func leftBehind() {
        let (mayEnd, done) = (DispatchSemaphore(value: 0), Flag())
        let hasReturned = DetachedCall {
            mayEnd.wait()
            done.raise()
        }
        .run { false }
        #expect(!hasReturned && !done.isRaised)
        mayEnd.signal()
        while !done.isRaised { usleep(1000) }
    }

    @Test("a task does not wait for what its keeper does not return from")
    func heldAssignment() throws {
        let assignment = Assignment(
            SourceContext(config: try ConfigValues(json: SourceConfigSample.json, definition: SourceConfig.definition)))
        #expect(try assignment.lockedInTime(within: .milliseconds(20)) { 7 } == 7)
        let (isHeld, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let thread = Thread {
            assignment.locked {
                isHeld.signal()
                mayEnd.wait()
            }
        }
        thread.start()
        isHeld.wait()
        let error = #expect(throws: ConnectorError.self) {
            try assignment.lockedInTime(within: .milliseconds(20)) { 7 }
        }
        #expect(error?.kind == .restartable)
        mayEnd.signal()
    }

    private enum SourceConfigSample {
        static let json = #"{"bootstrap.servers":"127.0.0.1:1","group.id":"g","topics":"t"}"#
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)
        var isRaised: Bool { state.withLock { $0 } }

        func raise(after milliseconds: UInt32 = 0) {
            usleep(milliseconds * 1000)
            state.withLock { $0 = true }
        }
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
