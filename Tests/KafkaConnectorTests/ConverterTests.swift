import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("Converters") struct ConverterTests {
    @Test(
        "A converter is named shortly or by Kafka Connect's class",
        arguments: [
            ("json", Converter.json), ("org.apache.kafka.connect.json.JsonConverter", .json), ("JsonConverter", .json),
            ("org.apache.kafka.connect.storage.StringConverter", .string),
            ("org.apache.kafka.connect.converters.ByteArrayConverter", .bytes),
            ("org.apache.kafka.connect.converters.LongConverter", .long),
            ("org.apache.kafka.connect.storage.SimpleHeaderConverter", .simple), ("IntegerConverter", .integer),
            ("org.apache.kafka.connect.converters.BooleanConverter", .boolean),
            ("io.confluent.connect.avro.AvroConverter", nil), ("JSON", nil), ("", nil),
        ])
    func names(_ text: String, _ converter: Converter?) {
        #expect(Converter(named: text) == converter)
    }

    @Test(
        "Kafka Connect's class has schemas unless told otherwise, our short name has none",
        arguments: [
            ("json", nil, false), ("json", true, true), ("org.apache.kafka.connect.json.JsonConverter", nil, true),
            ("JsonConverter", false, false), ("string", true, false),
        ])
    func schemas(_ name: String, _ setting: Bool?, _ expected: Bool) throws {
        let more = setting.map { #", "value.converter.schemas.enable": "\#($0)""# } ?? ""
        let values = try ConfigValues(
            json: #"{"bootstrap.servers": "b", "value.converter": "\#(name)"\#(more)}"#,
            definition: SinkConfig.definition)
        #expect(SinkConfig.valueConverter.config(values).hasSchemas == expected)
    }

    @Test func anUnknownConverterIsRefusedByName() throws {
        let problems = try #require(throws: ConfigProblems.self) {
            try ConfigValues(
                json: #"{"bootstrap.servers": "b", "value.converter": "AvroConverter"}"#,
                definition: SinkConfig.definition)
        }
        #expect(problems.description.contains(#"value.converter is "AvroConverter"; expected one of json, string"#))
    }

    @Test(
        "Numbers are big-endian, as Kafka's serializers have them",
        arguments: [
            (Converter.short, "-2", [0xFF, 0xFE]), (.integer, "258", [0, 0, 1, 2]),
            (.long, "-9223372036854775808", [0x80, 0, 0, 0, 0, 0, 0, 0]), (.float, "1.5", [0x3F, 0xC0, 0, 0]),
            (.double, "-0.5", [0xBF, 0xE0, 0, 0, 0, 0, 0, 0]), (.boolean, "true", [1]),
        ] as [(Converter, String, [UInt8])])
    func binary(_ converter: Converter, _ value: String, _ bytes: [UInt8]) throws {
        let config = ConverterConfig.of(converter)
        #expect(try config.decode(bytes).value == value)
        let batch = try makeBatch([Given(json: value)])
        var writer = JSONWriter()
        var encoder = PartEncoder(config)
        #expect(encoder.write(batch[0].value, to: &writer) == nil)
        #expect(unsafe writer.withBytes { unsafe Array($0) } == bytes)
    }

    @Test(
        "What does not fit is refused",
        arguments: [
            (Converter.short, "32768"), (.integer, "1.5"), (.long, #""1""#), (.boolean, "1"), (.float, "null"),
            (.bytes, #""text""#),
        ])
    func refused(_ converter: Converter, _ value: String) throws {
        #expect(try ConverterConfig.of(converter).encode([value])[0].hasPrefix("refused: value.converter \(converter)"))
    }

    @Test func bytesOfAnotherLengthAreRejectedAndKept() throws {
        let decoded = try ConverterConfig.of(.long).decode([1, 2, 3])
        #expect(decoded.fault == "expected a whole number of 64 bits in 8 bytes, found 3 bytes")
        #expect(decoded.source == [1, 2, 3])
        #expect(try ConverterConfig.of(.boolean).decode([2]).fault != nil)
    }

    @Test(
        "Simple headers are JSON where they are some, texts otherwise",
        arguments: [
            ("1", "1"), ("true", "true"), ("null", "null"), (#"{"a":[1]}"#, #"{"a":[1]}"#), (#""q""#, #""q""#),
            ("plain", #""plain""#), ("", #""""#), ("{broken", #""{broken""#), ("1 2", #""1 2""#), ("ü", #""ü""#),
        ])
    func simple(_ text: String, _ value: String) throws {
        #expect(try ConverterConfig.of(.simple).decode(text).value == value)
    }

    @Test(
        "A Decimal is exact both ways",
        arguments: [
            ([0], 0, "0"), ([0x7F], 0, "127"), ([0x80], 0, "-128"), ([0xFF], 2, "-0.01"), ([0x04, 0xD2], 2, "12.34"),
            ([0x0C], -2, "1200"), ([0, 0xFF], 1, "25.5"),
            ([0x01, 0, 0, 0, 0, 0, 0, 0, 0], 10, "1844674407.3709551616"),
        ] as [([UInt8], Int, String)])
    func decimals(_ bytes: [UInt8], _ scale: Int, _ text: String) {
        #expect(UnscaledDecimal.text(bytes, scale: scale) == text)
        #expect(UnscaledDecimal.bytes(text, scale: scale) == bytes)
    }

    @Test(
        "A number is taken to a scale when nothing is lost",
        arguments: [
            ("1e2", 0, [100]), ("1.50", 1, [15]), ("-1.5E0", 2, [0xFF, 0x6A]), ("0.00", 0, [0]), ("1.5", 0, nil),
            ("1e-3", 2, nil), ("1e9999", 0, nil), ("0e99999", 0, nil), ("1e-9223372036854775808", 0, nil),
            ("-1E+9223372036854775807", 2, nil),
        ] as [(String, Int, [UInt8]?)])
    func scales(_ text: String, _ scale: Int, _ bytes: [UInt8]?) {
        #expect(UnscaledDecimal.bytes(text, scale: scale) == bytes)
    }

    @Test func decimalsWithoutEndAreRefused() {
        #expect(UnscaledDecimal.text([], scale: 0) == nil)
        #expect(UnscaledDecimal.text(Array(repeating: 1, count: UnscaledDecimal.mostBytes + 1), scale: 0) == nil)
        #expect(UnscaledDecimal.bytes(String(repeating: "9", count: UnscaledDecimal.mostDigits + 1), scale: 0) == nil)
    }

    @Test(arguments: [("", []), ("AA==", [0]), ("AAE=", [0, 1]), ("/+8A", [0xFF, 0xEF, 0])] as [(String, [UInt8])])
    func base64(_ text: String, _ bytes: [UInt8]) {
        #expect(read(text) == bytes)
        var writer = JSONWriter()
        Base64Text.write(bytes, to: &writer)
        #expect(unsafe writer.withBytes { unsafe String(decoding: $0, as: UTF8.self) } == text)
    }

    @Test(arguments: ["A", "AA=A", "A===", "AA-_", "AA==" + "AAAA"])
    func brokenBase64(_ text: String) {
        #expect(read(text) == nil)
    }

    private func read(_ text: String) -> [UInt8]? {
        unsafe Array(text.utf8).withUnsafeBufferPointer { unsafe Base64Text.bytes($0) }
    }
}
