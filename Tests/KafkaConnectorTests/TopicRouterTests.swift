import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite struct TopicRouterTests {
    @Test func beyondTheMostTopicsThoseThatAreKnownStillGetTheirRecords() throws {
        let cluster = try MockCluster()
        let values = try ConfigValues(
            json: "{\"bootstrap.servers\":\"\(cluster.servers)\"}", definition: SinkConfig.definition)
        let config = SinkConfig(values)
        var router = try TopicRouter(config, Producer(config.configuration(), Observer(.silent)), most: 2)
        var tally = Tally()
        let batch = try makeBatch(["a", "b", "c", "a", "b"].map { Given(json: "1", topic: $0) })
        var rejected: [Int] = []
        for index in 0..<batch.count {
            do throws(ConnectorError) {
                _ = try unsafe router.topic(of: batch[index], &tally)
            } catch {
                #expect(error.kind == .rejected)
                rejected.append(index)
            }
        }
        #expect(rejected == [2])
    }
}
