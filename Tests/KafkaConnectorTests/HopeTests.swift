import CRdKafka
import ConnectorKit
import TestSupport
import Testing

@testable import KafkaConnector

/// What ends a client for good, and what passes.
@Suite(.ownThread) struct HopeTests {
    private let cluster: MockCluster

    init() throws { cluster = try MockCluster() }

    private func producer(isConnected: Bool = true) throws -> Producer {
        let configuration = ClientConfiguration()
        #expect(configuration.set("bootstrap.servers", cluster.servers) == nil)
        let producer = try Producer(configuration, Observer(.silent))
        if isConnected { try producer.connect() }
        return producer
    }

    @Test(arguments: [RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL])
    func aLoginThatFailedPassesWhenABrokerAnswers(_ code: rd_kafka_resp_err_t) throws {
        let client = try producer().client
        client.observer.failed(code, "SASL handshake failed: Local: Broker transport failure")
        #expect(client.hopelessness() == nil)
        #expect(client.observer.lasting == nil)
    }

    @Test func aLoginThatFailsAtFirstIsFinal() throws {
        let client = try producer(isConnected: false).client
        client.observer.failed(RD_KAFKA_RESP_ERR__AUTHENTICATION, "wrong password")
        #expect(client.hopelessness()?.kind == .configuration)
    }

    @Test func aLoginThatFailsIsFinalOnceNoBrokerAnswersForLong() throws {
        let client = try producer().client
        cluster.stopBroker()
        client.observer.failed(RD_KAFKA_RESP_ERR__AUTHENTICATION, "wrong password")
        #expect((0..<19).allSatisfy { _ in client.hopelessness() == nil })
        #expect(client.hopelessness()?.kind == .configuration)
    }

    @Test func aBrokerThatCannotBeReachedWasNotRefusing() throws {
        let client = try producer().client
        client.observer.failed(RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL handshake failed")
        client.observer.failed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down")
        #expect(client.observer.lasting != nil)
        client.observer.failed(RD_KAFKA_RESP_ERR__TRANSPORT, "Connection refused")
        #expect(client.observer.lasting == nil && client.hopelessness() == nil)
    }

    @Test func aRightThatIsMissingIsFinalWhateverAnswers() throws {
        let client = try producer().client
        client.observer.failed(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "no right to write")
        #expect(client.hopelessness()?.kind == .configuration)
    }

    @Test func aFenceIsFinal() throws {
        let producer = try producer()
        unsafe _ = rd_kafka_test_fatal_error(producer.client.raw, RD_KAFKA_RESP_ERR__FENCED, "fenced")
        var tally = Tally()
        for _ in 0..<100 where producer.client.observer.lasting == nil {
            producer.reports(within: .milliseconds(100), &tally)
        }
        #expect(producer.client.hopelessness()?.kind == .configuration)
    }
}
