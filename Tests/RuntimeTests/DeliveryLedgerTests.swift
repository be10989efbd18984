import ConnectorKit
import Testing

@testable import Runtime

@Suite("Positions are committed as a contiguous prefix that every sink has")
struct DeliveryLedgerTests {
    private func position(_ file: String, _ bytes: Int64) -> Position {
        Position(partition: ["file": .string(file)], offset: ["bytes": .int(bytes)])
    }

    @Test("nothing is committable before it is durable")
    func notDurable() {
        var ledger = DeliveryLedger(sinks: 1)
        _ = ledger.batchRead(reaching: [position("a", 1)])
        #expect(ledger.takeCommittable().isEmpty)
        #expect(ledger.isBehind)
    }

    @Test("the slowest sink bounds what is committed")
    func minimumOverSinks() {
        var ledger = DeliveryLedger(sinks: 2)
        let first = ledger.batchRead(reaching: [position("a", 1)])
        let second = ledger.batchRead(reaching: [position("a", 2)])
        ledger.becameDurable(sink: 0, through: second)
        #expect(ledger.takeCommittable().isEmpty)
        ledger.becameDurable(sink: 1, through: first)
        #expect(ledger.takeCommittable() == [position("a", 1)])
        ledger.becameDurable(sink: 1, through: second)
        #expect(ledger.takeCommittable() == [position("a", 2)])
        #expect(!ledger.isBehind)
    }

    @Test("of each partition only the newest position is committed")
    func newestOfEachPartition() {
        var ledger = DeliveryLedger(sinks: 1)
        _ = ledger.batchRead(reaching: [position("a", 1), position("b", 5)])
        let last = ledger.batchRead(reaching: [position("a", 2)])
        ledger.becameDurable(sink: 0, through: last)
        #expect(ledger.takeCommittable() == [position("a", 2), position("b", 5)])
        #expect(ledger.takeCommittable().isEmpty)
    }

    @Test("an older report does not take a newer one back")
    func reportsDoNotGoBack() {
        var ledger = DeliveryLedger(sinks: 1)
        let first = ledger.batchRead(reaching: [])
        let second = ledger.batchRead(reaching: [position("a", 2)])
        ledger.becameDurable(sink: 0, through: second)
        ledger.becameDurable(sink: 0, through: first)
        #expect(ledger.durableThrough == second)
    }
}
