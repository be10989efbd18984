import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite("Configurations of MongoDB's connectors for Kafka Connect", .ownThread, .serialized, .timeLimit(.minutes(15)))
struct ConnectClassTests {
    private let folder = TemporaryDirectory()

    /// Validates a connector's configuration, as it is, with the built `sluice`.
    private func validate(_ config: String) throws -> SluiceProcess.Result {
        try Data(config.utf8).write(to: URL(fileURLWithPath: folder("c.json")))
        return try SluiceProcess.run(
            ["validate", "c.json", "--bootstrap-servers", "127.0.0.1:1"], in: URL(fileURLWithPath: folder.path))
    }

    private static let strategies = "com.mongodb.kafka.connect.sink"
    private static let sink = """
        {"name": "m", "config": {
            "connector.class": "com.mongodb.kafka.connect.MongoSinkConnector", "topics": "a,b", "tasks.max": "2",
            "connection.uri": "mongodb://h:1/", "database": "d", "max.num.retries": "3", "retries.defer.timeout": "5000",
            "writemodel.strategy": "\(strategies).writemodel.strategy.UpdateOneDefaultStrategy",
            "document.id.strategy": "\(strategies).processor.id.strategy.KafkaMetaDataStrategy",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "false"}}
        """

    @Test("are valid as they are")
    func valid() throws {
        let source = """
            {"name": "m", "config": {
                "connector.class": "com.mongodb.kafka.connect.MongoSourceConnector", "connection.uri": "mongodb://h:1/",
                "database": "d", "collection": "c", "copy.existing": "true", "poll.await.time.ms": "5000",
                "poll.max.batch.size": "1000", "publish.full.document.only": "true", "output.format.value": "bson",
                "output.json.formatter": "com.mongodb.kafka.connect.source.json.formatter.SimplifiedJson"}}
            """
        for config in [Self.sink, source] {
            let result = try validate(config)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
    }

    @Test(
        "name what nothing here does",
        arguments: ["ReplaceOneBusinessKeyStrategy", "UpdateOneTimestampsStrategy"])
    func unknownStrategy(_ strategy: String) throws {
        let result = try validate(Self.sink.replacing("UpdateOneDefaultStrategy", with: strategy))
        #expect(result.status != 0)
        #expect((result.output + result.errors).contains("/config/writemodel.strategy: "))
    }

    @Test("name a format that nothing here writes")
    func unknownFormat() throws {
        let source = """
            {"name": "m", "config": {
                "connector.class": "com.mongodb.kafka.connect.MongoSourceConnector", "connection.uri": "mongodb://h:1/",
                "database": "d", "output.format.value": "schema"}}
            """
        let result = try validate(source)
        #expect(result.status != 0)
        #expect((result.output + result.errors).contains("/config/output.format.value: "))
    }

    @Test("imply what their connector does")
    func implied() throws {
        let settings = ConnectClass.mongoSource.implied.merging(
            ["connection.uri": "mongodb://h:1/", "database": "d"]) { $1 }
        let json = "{\(settings.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ","))}"
        let config = SourceConfig(try ConfigValues(json: json, definition: MongoDBSource.definition.config))
        #expect(config.formatter == .defaultJson && config.keyFormat == .json && config.valueFormat == .json)
        #expect(!config.tombstones)
    }

    @Test("have their strategies' names turned into ours")
    func strategies() {
        for (setting, names) in [
            ("writemodel.strategy", WriteStrategy.allCases.map(\.rawValue)),
            ("document.id.strategy", IDStrategy.allCases.map(\.rawValue)),
        ] {
            let values = ConnectClass.mongoSink.values[setting]?.values.map { $0 } ?? []
            #expect(!values.isEmpty && Set(values).isSubset(of: names))
        }
        let source = ConnectClass.mongoSource.values
        #expect(source["startup.mode"]?.values.allSatisfy { SourceConfig.StartupMode(rawValue: $0) != nil } == true)
        #expect(
            source["output.json.formatter"]?.values.allSatisfy { SourceConfig.Formatter(rawValue: $0) != nil } == true)
    }
}
