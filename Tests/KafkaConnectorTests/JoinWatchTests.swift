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

    @Test("librdkafka before 2.3 cannot end it from the answer to JoinGroup until it has partitions")
    func ends() {
        let (old, new): (Int32, Int32) = (0x0200_02ff, 0x0203_00ff)
        let watch = JoinWatch()
        watch.sent(11)
        #expect(watch.mayEnd(old))
        watch.answered(11)
        #expect(!watch.mayEnd(old) && watch.mayEnd(new))
        watch.answered(14)
        #expect(!watch.mayEnd(old))
        watch.leaving(hasJoined: true)
        #expect(!watch.mayEnd(old))
        watch.assigned()
        #expect(watch.mayEnd(old))
        let refused = JoinWatch()
        refused.answered(11)
        refused.leaving(hasJoined: false)
        #expect(refused.mayEnd(old))
        refused.answered(11)
        #expect(!refused.mayEnd(old))
    }

    @Test("a member that ends before it has partitions does not end the process", .timeLimit(.minutes(5)))
    func earlyEnd() async throws {
        let cluster = try MockCluster()
        cluster.create("t")
        cluster.failAssigning(times: 1000)
        let source = try await SourceRun(cluster.servers, group: "g")
        // Long enough for an answer to JoinGroup; a slower machine makes the test easier, not red.
        for _ in 0..<30 { try await source.poll() }
        await source.close()
    }
}
