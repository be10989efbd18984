import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("What the topic of positions says") struct PositionTopicTests {
    private let topic = PositionTopic(pipeline: "p", sink: "s", task: TaskSlot())
    private let partition: PositionFields = ["topic": "t", "partition": 0]

    @Test(
        "a position that is no flat JSON object is named with its partition and topic",
        arguments: [
            "seven", #"{"offset":{"n":7}}"#, "[7]", "",
        ])
    func unreadable(_ value: String) throws {
        let entry = PositionTopic.Entry(key: topic.key(partition), value: value)
        let error = #expect(throws: ConnectorError.self) { try topic.content(of: [entry], in: "sluice-positions") }
        #expect(error?.kind == .configuration)
        for part in ["position \(value) ", partition.json, "topic sluice-positions"] {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test("what was written again or forgotten since does not count, nor what is another sink's")
    func outdated() throws {
        let other = PositionTopic(pipeline: "p", sink: "other", task: TaskSlot())
        let second: PositionFields = ["topic": "t", "partition": 1]
        let entries = [
            PositionTopic.Entry(key: topic.key(partition), value: "seven"),
            PositionTopic.Entry(key: topic.key(second), value: "eight"),
            PositionTopic.Entry(key: other.key(partition), value: "nine"),
            PositionTopic.Entry(key: topic.key(partition), value: #"{"offset":7}"#),
            PositionTopic.Entry(key: topic.key(second), value: nil),
        ]
        let content = try topic.content(of: entries, in: "sluice-positions")
        #expect(content.positions == [Position(partition: partition, offset: ["offset": 7])])
    }
}
