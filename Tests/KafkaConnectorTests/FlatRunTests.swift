import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

/// Kafka Connect's configurations, as they are, through the built `sluice`.
@Suite("Flat configurations run", .ownThread, .serialized, .timeLimit(.minutes(15))) struct FlatRunTests {
    private let cluster: MockCluster
    private let directory = TemporaryDirectory()
    private var folder: URL { URL(fileURLWithPath: directory.path) }

    init() throws {
        cluster = try MockCluster()
        for topic in ["lines", "orders", "dead"] { cluster.create(topic) }
    }

    private func run(_ name: String, _ config: String) throws -> SluiceProcess.Result {
        try Data(config.utf8).write(to: folder.appendingPathComponent(name))
        return try SluiceProcess.run(
            ["run", name, "--once", "--bootstrap-servers", cluster.servers, "--state-path", "\(name).db"], in: folder)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func aSourceFillsItsTopic() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("one\ntwö\n".utf8).write(to: folder.appendingPathComponent("in.txt"))
        let result = try run(
            "source.json",
            """
            {"name": "lines", "config": {
                "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector", "tasks.max": "1",
                "file": "in.txt", "topic": "lines", "batch.size": "2000", "tasks.max.enforce": "true",
                "key.converter": "org.apache.kafka.connect.storage.StringConverter",
                "value.converter": "org.apache.kafka.connect.json.JsonConverter",
                "producer.override.compression.type": "gzip", "producer.override.max.request.size": "2000000",
                "errors.retry.timeout": "60000", "errors.log.enable": "true",
                "transforms": "mark,route", "predicates": "lines",
                "transforms.mark.type": "org.apache.kafka.connect.transforms.InsertField$Key",
                "transforms.mark.static.field": "f", "transforms.mark.static.value": "v",
                "transforms.mark.predicate": "lines", "transforms.mark.negate": "true",
                "transforms.route.type": "org.apache.kafka.connect.transforms.Cast$Value",
                "transforms.route.spec": "string",
                "predicates.lines.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
                "predicates.lines.pattern": "lines"}}
            """)
        #expect(result.status == 0, "\(result.errors)")
        let reader = try await SourceRun(
            cluster.servers, group: "r", #""topics": "lines", "value.converter": "string""#)
        try await reader.drain()
        let schema = #"{"type":"string","optional":false}"#
        let expected = ["one", "twö"].map { #"{"schema":\#(schema),"payload":"\#($0)"}"# }
        #expect(reader.records.map(\.value) == expected.map(\.jsonQuoted))
    }

    @Test func aSinkEmptiesItsTopicsAndItsDeadLettersAreTheMessages() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let writer = try await SinkRun(
            cluster.servers, #""value.converter": "string", "header.converter": "string""#)
        let schema = #"{"type":"struct","fields":[{"type":"int64","field":"id"}]}"#
        let messages = [
            #"{"schema":\#(schema),"payload":{"id":1}}"#, #"{ "schema":\#(schema), "payload":{"id":"one"} }"#,
            #"{"schema":\#(schema),"payload":{"id":2}}"#, "broken\n",
        ]
        try await writer.put(
            messages.map {
                Given(
                    json: $0.jsonQuoted, topic: "orders", key: "k ü", headers: [("h", "1")],
                    timestamp: 1_700_000_000_123)
            })
        let result = try run(
            "sink.properties",
            """
            name=orders to files
            connector.class=FileStreamSink
            topics=orders
            file=out.ndjson
            key.converter=org.apache.kafka.connect.storage.StringConverter
            value.converter=org.apache.kafka.connect.json.JsonConverter
            value.converter.schemas.enable=true
            consumer.override.max.poll.records=100
            consumer.override.auto.offset.reset=earliest
            errors.tolerance=all
            errors.deadletterqueue.topic.name=dead
            errors.deadletterqueue.topic.replication.factor=1
            errors.deadletterqueue.context.headers.enable=true
            """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try text("out.ndjson") == "{\"id\":1}\n{\"id\":2}\n")
        let reader = try await SourceRun(
            cluster.servers, group: "r", #""topics": "dead", "value.converter": "string""#)
        try await reader.drain()
        #expect(reader.records.map(\.value) == [messages[1], messages[3]].map(\.jsonQuoted))
        #expect(reader.records.allSatisfy { $0.key == #""k ü""# && $0.timestamp == 1_700_000_000_123 })
        let headers = try #require(reader.records.first?.headers)
        let context = "__connect.errors."
        #expect(
            headers.map { String($0.prefix { $0 != "=" }) }
                == ["h"]
                + [
                    "topic", "partition", "offset", "connector.name", "task.id", "stage", "class.name",
                    "exception.class.name", "exception.message", "exception.stacktrace",
                ].map { context + $0 })
        #expect(
            headers.prefix(7)
                == [
                    "h=\"1\"", context + "topic=\"orders\"", context + "partition=\"0\"", context + "offset=\"1\"",
                    context + "connector.name=\"orders to files\"", context + "task.id=\"0\"",
                    context + "stage=\"VALUE_CONVERTER\"",
                ])
        #expect(headers[9].contains("orders-0 offset 1: the payload.id is a text, not int64"))
    }

    @Test func aMistakeIsToldWithItsPlace() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try run(
            "sink.properties",
            "name=c\nconnector.class=FileStreamSink\ntopics=t\nfile=f\nvalue.converter=AvroConverter\nfiel=g\n")
        #expect(result.status == 2)
        #expect(result.errors.contains("sink.properties:5:1: /value.converter"), "\(result.errors)")
        #expect(result.errors.contains(#"sink "file" has no setting "fiel""#))
    }
}
