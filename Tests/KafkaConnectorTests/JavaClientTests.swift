import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("Settings of Kafka's Java clients") struct JavaClientTests {
    private func problems(_ settings: String) throws -> String {
        do {
            _ = try ConfigValues(
                json: #"{"bootstrap.servers": "b", \#(settings)}"#, definition: SinkConfig.definition)
            return ""
        } catch let problems as ConfigProblems { return problems.description }
    }

    @Test func overridesAreTakenInLibrdkafkasWords() {
        let properties = JavaClient.properties([
            "max.request.size": "2147483647", "buffer.memory": "1", "batch.size": "0", "fetch.max.wait.ms": "500",
            "ssl.endpoint.identification.algorithm": "", "receive.buffer.bytes": "-1",
        ])
        #expect(
            properties.map { "\($0.name)=\($0.value)" } == [
                "batch.size=1", "fetch.wait.max.ms=500", "message.max.bytes=1000000000",
                "socket.receive.buffer.bytes=0", "ssl.endpoint.identification.algorithm=none",
            ])
    }

    @Test(
        arguments: [
            (#""producer.override.batch.size": "100000", "producer.override.key.serializer": "K""#, ""),
            (#""producer.override.request.timeout.ms": "2147483647", "producer.override.acks": "all""#, ""),
            (#""producer.override.acks": "1""#, "producer.override.acks is 1; expected all"),
            (#""producer.override.request.timeout.ms": "-5""#, "producer.override.request.timeout.ms is refused by"),
            (#""producer.override.max.request.size": "much""#, "producer.override.max.request.size is refused by"),
            (#""producer.override.no.such": "1""#, "producer.override.no.such is refused by librdkafka"),
            (#""producer.override.sasl.password": "hunter2""#, "which is kept secret"),
            (#""consumer.override.batch.size": "1""#, "has no setting"),
            (#""sasl.jaas.config": "hunter2 required;""#, "it is not shown"),
        ])
    func overridesAreChecked(_ settings: String, _ message: String) throws {
        let found = try problems(settings)
        #expect(message.isEmpty ? found.isEmpty : found.contains(message), "\(found)")
        #expect(!found.contains("hunter2"))
    }

    @Test(
        arguments: [
            (#"a.PlainLoginModule required username="u" password="p\"q;";"#, "u", #"p"q;"#),
            ("a.ScramLoginModule required password='p w' username='u';", "u", "p w"),
            ("required username=u password=p;", "u", "p"),
        ])
    func logins(_ text: String, _ user: String, _ password: String) {
        let login = JavaClient.login(text)
        #expect(login?.user == user && login?.password == password)
    }

    @Test func aLoginWithoutItsPartsIsNone() {
        #expect(JavaClient.login(#"m required username="u";"#) == nil)
        #expect(JavaClient.login(#"m required username="u" password="open"#) == nil)
    }
}
