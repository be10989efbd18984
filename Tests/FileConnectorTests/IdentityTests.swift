import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source: whose position it is", .ownThread)
struct IdentityTests {
    let directory = TemporaryDirectory()
    private var log: String { directory("app.ndjson") }

    private func changed(_ position: Position, _ change: (inout [String: PositionValue]) -> Void) -> Position {
        var offset = position.offset.fields
        change(&offset)
        return Position(partition: position.partition, offset: PositionFields(offset))
    }

    @Test("Another device number alone is another boot; other content under the same number another file")
    func device() async throws {
        try directory.write(numberLines(0..<100), to: "app.ndjson")
        let tail = try await Tail(log)
        try await tail.read()
        let other = tail.stored.map { changed($0) { $0["device"] = 7 } }
        try await tail.restart(from: other) { try directory.append(numberLines(100..<110), to: "app.ndjson") }
        try await tail.read()
        #expect(tail.numbers == Array(0..<110))
        let strange = tail.stored.map { changed($0) { $0["head"] = "1024-1" } }
        try await tail.restart(from: strange)
        try await tail.read()
        #expect(tail.numbers == Array(0..<110) + Array(0..<110))
    }

    @Test(
        "Positions of the former layout are read on, and belong to the file under another name too",
        arguments: [false, true])
    func formerLayout(_ isRenamed: Bool) async throws {
        try directory.write(numberLines(0..<100), to: "app.ndjson")
        let status = try FileSystem.status(of: log)
        let text = Array(numberLines(0..<100).utf8)
        let former = Position(
            partition: ["file": .string(log)],
            offset: [
                "bytes": .int(Int64(numberLines(0..<60).utf8.count)), "lines": 60,
                "inode": .int(Int64(bitPattern: status.identity.inode)),
                "fingerprint": .string("\(text.count)-\(String(FNV1a.hash(of: text), radix: 16))"),
            ])
        if isRenamed {
            try move(log, to: log + ".1")
            try LogWriter(log).write(100..<110)
        }
        let tail = try await Tail("\(log)*")
        try await tail.restart(from: [former])
        let before = tail.lines.count
        try await tail.read(for: .seconds(10))
        #expect(Array(tail.numbers.dropFirst(before)) == Array(60..<(isRenamed ? 110 : 100)))
        #expect(tail.stored.contains { $0.partition == ["file": .string(log)] && $0.offset["tail"] != nil })
    }

    @Test("A task keeps its files when they are renamed")
    func tasks() async throws {
        var tails: [Tail] = []
        var writers: [LogWriter] = []
        for number in 0..<6 { writers.append(try LogWriter(directory("\(number).ndjson"))) }
        for (number, writer) in writers.enumerated() { try writer.write(number * 10..<number * 10 + 5) }
        for index in 0..<3 {
            tails.append(
                try await Tail("\(directory.path)/*", "\"follow\":true", task: TaskSlot(index: index, count: 3)))
            try await tails[index].read()
        }
        for (number, writer) in writers.enumerated() {
            try writer.write(number * 10 + 5..<number * 10 + 10)
            try move(directory("\(number).ndjson"), to: directory("renamed-\(number).ndjson"))
        }
        for tail in tails { try await tail.read(for: .seconds(10)) }
        #expect(tails.flatMap(\.numbers).sorted() == Array(0..<60))
    }
}
