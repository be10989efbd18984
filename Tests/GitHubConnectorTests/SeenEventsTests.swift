import Testing

@testable import GitHubConnector

@Suite("Seen events")
struct SeenEventsTests {
    private func filled(_ hashes: some Sequence<UInt64>, capacity: Int) -> SeenEvents {
        var seen = SeenEvents(capacity: capacity)
        for hash in hashes { _ = seen.insert(hash) }
        return seen
    }

    /// Which of the events are new, each remembered before the next.
    private func areNew(_ hashes: [UInt64], in seen: SeenEvents) -> [Bool] {
        var seen = seen
        return hashes.map { seen.insert($0) }
    }

    @Test("an event is new once")
    func once() { #expect(areNew([7, 7, 8], in: SeenEvents(capacity: 3)) == [true, false, true]) }

    @Test("the oldest is forgotten first")
    func oldestFirst() {
        let seen = filled(1...5, capacity: 3)
        #expect(areNew([3, 4, 5], in: seen) == [false, false, false])
        #expect(areNew([1, 3], in: seen) == [true, true], "1 takes the place of 3, the oldest left")
    }

    @Test("a stored set is read back, from the new end when it is too large", arguments: [3, 4, 100])
    func stored(_ capacity: Int) throws {
        let hashes: [UInt64] = [.max, 0, 1 << 63, 42, 7]
        let seen = try #require(SeenEvents(encoded: filled(hashes, capacity: 4).encoded, capacity: capacity))
        let kept = min(capacity, 4)
        #expect(areNew(hashes.suffix(kept), in: seen).allSatisfy { !$0 })
        #expect(areNew([hashes[4 - kept]], in: seen) == [true])
    }

    @Test("each event takes eight bytes of base64")
    func size() { #expect(filled(1...300, capacity: 300).encoded.utf8.count == 3200) }

    @Test("any other text is no set", arguments: ["%", "AAAA", "not base64!"])
    func broken(_ text: String) { #expect(SeenEvents(encoded: text, capacity: 3) == nil) }

    @Test("an id at another time is another event, and parts do not run together")
    func hashes() {
        func hash(_ parts: String...) -> UInt64 {
            var hash = StableHash()
            for part in parts { hash.combine(part.utf8) }
            return hash.value
        }
        #expect(hash("1", "2015") != hash("1", "2025"))
        #expect(hash("ab", "c") != hash("a", "bc"))
        #expect(hash("1", "2015") == hash("1", "2015"))
    }
}
