import ConnectorKit
import Testing

@Suite("Positions are stored where their epoch is as expected")
struct OwnedPositionsTests {
    private func partition(_ name: String) -> PositionFields { ["file": .string(name)] }

    private func position(_ name: String, _ line: Int64) -> Position {
        Position(partition: partition(name), offset: ["line": .int(line)])
    }

    private func stored(_ name: String, _ line: Int64?, epoch: Int64) -> OwnedPositions.Stored {
        OwnedPositions.Stored(partition: partition(name), offset: line.map { ["line": .int($0)] }, epoch: epoch)
    }

    /// Partition, line and expected epoch of each change, in order.
    private func changes(_ owned: OwnedPositions, atFlush: Bool = true) -> [String] {
        owned.changes(atFlush: atFlush).map {
            "\($0.partition["file"]?.string ?? "") \($0.offset?["line"]?.int.map(String.init) ?? "-") \($0.expected)>\($0.epoch)"
        }
    }

    @Test("each store raises the epoch, and the next flush forgets what the worker has then")
    func forgetting() {
        var owned = OwnedPositions(claimsPartitions: false)
        owned.found([stored("b", 7, epoch: 4), stored("c", 8, epoch: 2)])
        owned.forgetLater([partition("b")])
        owned.move(to: position("b", 9))
        owned.move(to: position("a", 1))
        #expect(changes(owned) == ["a 1 0>1", "b 9 4>5"])
        owned.stored()
        #expect(owned.hasChanges && !owned.isBehind)
        owned.move(to: position("b", 10))
        #expect(changes(owned) == ["a - 1>1", "b 10 5>6"])
        owned.stored()
        #expect(changes(owned) == ["b - 6>6"])
        owned.stored()
        #expect(!owned.hasChanges)
    }

    @Test("what was stored between two flushes is forgotten one flush later, when the worker has it")
    func early() {
        var owned = OwnedPositions(claimsPartitions: false)
        owned.move(to: position("a", 1))
        owned.move(to: position("b", 1))
        owned.stored()
        owned.move(to: position("a", 2))
        #expect(changes(owned, atFlush: false) == ["a 2 1>2"])
        owned.stored(atFlush: false)
        #expect(owned.hasChanges && !owned.isBehind)
        #expect(changes(owned) == ["b - 1>1"])
        owned.stored()
        #expect(changes(owned) == ["a - 2>2"])
        owned.stored()
        #expect(!owned.hasChanges)
    }

    @Test("what was claimed is never forgotten, and a new claim has another epoch")
    func claimed() {
        var owned = OwnedPositions(claimsPartitions: true)
        owned.found([stored("a", nil, epoch: 3)])
        owned.forgetLater([partition("a")])
        #expect(!owned.hasChanges)
        owned.move(to: position("a", 1))
        owned.stored()
        #expect(!owned.hasChanges)
        owned.found([stored("a", 1, epoch: 9)])
        owned.move(to: position("a", 2))
        #expect(changes(owned) == ["a 2 9>10"])
    }

    @Test(
        "what is no position is an error that names it and its place",
        arguments: [("{}", "{\"a\":1.5}"), ("[1]", "{}"), ("", "{}"), ("{}", "")])
    func unreadable(_ partition: String, _ offset: String) throws {
        let error = #expect(throws: ConnectorError.self) {
            try OwnedPositions.Stored(partition: partition, offset: offset, epoch: 1, in: "the table t")
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("\(offset) of partition \(partition), stored in the table t,") == true)
        _ = try OwnedPositions.Stored(partition: "{}", offset: nil, epoch: 1, in: "the table t")
    }
}
