import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

/// Messages read many at once, and what keeps one from being read with the others.
@Suite(.ownThread, .serialized, .timeLimit(.minutes(15))) struct DecodingTests {
    private let cluster: MockCluster

    init() throws {
        cluster = try MockCluster()
        cluster.create("t")
    }

    @Test func everyMessageIsOneRecordWhateverWhiteSpaceIsInIt() async throws {
        let texts = [
            "1", "{\n \"a\": 2\n}", " 3 ", "", " ", "\n", "4 4", "{", "[5,\n5]", "6\n", "\"7\"", "\r8", "x", "9",
        ]
        let sink = try await SinkRun(cluster.servers, #""value.converter": "string""#)
        try await sink.put(
            texts.enumerated().map {
                Given(json: $1.jsonQuoted, key: "k\($0)", headers: [("n", "\($0)")], timestamp: Int64($0 + 1))
            })
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        let readable = [0, 1, 2, 8, 9, 10, 11, 13]
        #expect(source.records.map(\.key) == readable.map { "\"k\($0)\"" })
        #expect(source.records.map(\.headers) == readable.map { ["n=\"\($0)\""] })
        #expect(source.records.map(\.timestamp) == readable.map { Int64($0 + 1) })
        #expect(
            source.records.map { $0.value.filter { !$0.isWhitespace } }
                == ["1", "{\"a\":2}", "3", "[5,5]", "6", "\"7\"", "8", "9"])
        let broken = [3, 4, 5, 6, 7, 12]
        #expect(source.rejected.map(\.text) == broken.map { Array(texts[$0].utf8) })
        for (rejection, offset) in zip(source.rejected, broken) {
            #expect(rejection.error.hasPrefix("t-0 offset \(offset): column 1") || offset == 6 || offset == 7)
            #expect(rejection.error.components(separatedBy: "t-0 offset").count == 2)
        }
    }

    @Test(
        arguments: [
            ("string", [#"n="1""#, #"t="text""#]), ("simple", ["n=1", #"t="text""#]), ("json", nil),
            ("bytes", [#"n="MQ==""#, #"t="dGV4dA==""#]),
        ] as [(String, [String]?)])
    func headersAreReadAsTheirConverterSays(_ converter: String, _ headers: [String]?) async throws {
        let sink = try await SinkRun(cluster.servers)
        try await sink.put([Given(json: "1", headers: [("n", "1"), ("t", "text")])])
        let source = try await SourceRun(
            cluster.servers, group: "g", #""topics": "t", "header.converter": "\#(converter)""#)
        try await source.drain()
        #expect(source.records.first?.headers == headers)
        #expect(source.rejected.map(\.stage) == (headers == nil ? [.headerConverter] : []))
    }

    @Test func keysAndHeadersHaveEnvelopesToo() async throws {
        let converters = #""key.converter": "JsonConverter", "header.converter": "JsonConverter""#
        let sink = try await SinkRun(cluster.servers, converters)
        try await sink.put([Given(json: "{\"a\":1}", key: "k", headers: [("h", "v"), ("none", nil)])])
        let raw = try await SourceRun(cluster.servers, group: "raw")
        try await raw.drain()
        let envelope = #"{"schema":{"type":"string","optional":false},"payload":"k"}"#
        #expect(raw.records.map(\.key) == [envelope.jsonQuoted])
        let source = try await SourceRun(cluster.servers, group: "g", #""topics": "t", \#(converters)"#)
        try await source.drain()
        #expect(source.records.map(\.key) == ["\"k\""])
        #expect(source.records.map(\.headers) == [["h=\"v\"", "none=null"]])
    }
}
