import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import Runtime

@Suite("Positions survive, are held by one worker, and damage is named", .ownThread)
struct PositionStoreTests {
    private let folder = TemporaryDirectory()
    private var path: String { folder("state.db") }
    private let first = Position(partition: ["file": "a\"b\n"], offset: ["bytes": 9_007_199_254_740_993, "done": true])

    private func withStore<Result>(_ body: (SQLitePositionStore) throws -> Result) throws -> Result {
        try body(try SQLitePositionStore(path: path))
    }

    @Test("what was committed is there after reopening, to the last digit")
    func reopened() throws {
        try withStore { try $0.commit([first], of: "p") }
        #expect(try withStore { try $0.positions(of: "p") } == [first])
        #expect(try withStore { try $0.positions(of: "other") }.isEmpty)
        #expect(try withStore { try $0.pipelines() } == ["p"])
    }

    @Test("a newer offset of a partition replaces the older one")
    func replaced() throws {
        let second = Position(partition: first.partition, offset: ["bytes": 2])
        try withStore { store in
            try store.commit([first], of: "p")
            try store.commit([second], of: "p")
            #expect(try store.positions(of: "p") == [second])
        }
    }

    @Test("an offset without fields forgets its partition, also what a reset left behind of it")
    func forgets() throws {
        let other = Position(partition: ["file": "b"], offset: ["bytes": 2])
        try withStore { store in
            try store.commit([first, other], of: "p")
            try store.commit([Position(partition: first.partition, offset: [:])], of: "p")
            #expect(try store.positions(of: "p") == [other])
            _ = try store.reset("p", partition: other.partition)
            try store.commit([Position(partition: other.partition, offset: [:])], of: "p")
            #expect(try store.forgotten(of: "p").isEmpty)
        }
    }

    @Test("what a sink had stored does not replace what another task has committed since")
    func learned() throws {
        let (b, c): (PositionFields, PositionFields) = (["file": "b"], ["file": "c"])
        func at(_ partition: PositionFields, _ bytes: Int64) -> Position {
            Position(partition: partition, offset: ["bytes": .int(bytes)])
        }
        try withStore { store in
            try store.commit([at(b, 2)], of: "p")
            let known = try store.positions(of: "p")
            try store.commit([at(c, 9)], of: "p")
            try store.learn([at(b, 4), at(c, 5), first], of: "p", unlessChangedSince: known)
            #expect(try Set(store.positions(of: "p")) == [at(b, 4), at(c, 9), first])
            try store.learn([at(b, 3)], of: "p", unlessChangedSince: known)
            #expect(try Set(store.positions(of: "p")) == [at(b, 4), at(c, 9), first])
        }
    }

    @Test("reset forgets one partition, or all")
    func reset() throws {
        let other = Position(partition: ["file": "b"], offset: ["bytes": 2])
        try withStore { store in
            try store.commit([first, other], of: "p")
            #expect(try store.reset("p", partition: other.partition) == 1)
            #expect(try store.positions(of: "p") == [first])
            #expect(try store.reset("p", partition: nil) == 1)
            #expect(try store.reset("p", partition: nil) == 0)
        }
    }

    @Test("what was reset is known until it is committed again")
    func forgotten() throws {
        let other = Position(partition: ["file": "b"], offset: ["bytes": 2])
        try withStore { store in
            try store.commit([first, other], of: "p")
            _ = try store.reset("p", partition: nil)
            #expect(try store.forgotten(of: "p") == [first.partition, other.partition])
            #expect(try store.forgotten(of: "q").isEmpty)
        }
        try withStore { store in
            try store.commit([other], of: "p")
            #expect(try store.forgotten(of: "p") == [first.partition])
        }
    }

    @Test("a second worker is refused, with the first one's process id")
    func locked() throws {
        try withStore { _ in
            let error = #expect(throws: StateError.self) { _ = try SQLitePositionStore(path: path) }
            #expect(error?.kind == .locked)
            #expect(error?.message.contains("pid \(ProcessInfo.processInfo.processIdentifier)") == true)
        }
    }

    @Test("while a worker holds the file it can be looked at, and only that")
    func readBeside() throws {
        try withStore { store in
            try store.commit([first], of: "p")
            let reader = try SQLitePositionStore(reading: path)
            #expect(try reader.positions(of: "p") == [first])
            #expect(throws: StateError.self) { try reader.commit([first], of: "q") }
        }
    }

    @Test("a file that is no database is named and left alone")
    func noDatabase() throws {
        let garbage = Data(repeating: 0x41, count: 8192)
        try garbage.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StateError.self) { _ = try SQLitePositionStore(path: path) }
        #expect(error?.kind == .corrupted)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
    }

    @Test("a damaged database is named and left alone")
    func damaged() throws {
        try withStore { store in
            for index in 0..<2000 {
                let partition: PositionFields = ["file": .string("file-\(index)")]
                try store.commit([Position(partition: partition, offset: ["bytes": 1])], of: "p")
            }
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in stride(from: 4096, to: bytes.count, by: 64) { bytes[index] ^= 0xFF }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StateError.self) { _ = try SQLitePositionStore(path: path) }
        #expect(error?.kind == .corrupted)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test("a folder that is not there is named")
    func noFolder() {
        let error = #expect(throws: StateError.self) { _ = try SQLitePositionStore(path: "/nonexistent/state.db") }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("/nonexistent/state.db") == true)
    }
}
