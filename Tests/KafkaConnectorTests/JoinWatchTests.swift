import Testing

@testable import KafkaConnector

@Suite("Whether a member awaits the answer to its wish to join") struct JoinWatchTests {
    @Test("it does from JoinGroup (11) until SyncGroup (14) is answered, whatever else goes to and fro")
    func joins() {
        let watch = JoinWatch()
        #expect(!watch.isJoining)
        watch.sent(12)
        watch.answered(12)
        #expect(!watch.isJoining)
        watch.sent(11)
        watch.answered(12)
        watch.answered(11)
        watch.sent(14)
        #expect(watch.isJoining)
        watch.answered(14)
        #expect(!watch.isJoining)
    }
}
