import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("Kafka Connect's schema envelope") struct EnvelopeTests {
    private let json = ConverterConfig.of(.json, schemas: true)
    private static let decimal =
        #"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"optional":true}"#
    private static let order = """
        {"type":"struct","optional":false,"name":"order","fields":[{"type":"int64","optional":false,"field":"id"},\
        {"type":"string","optional":true,"field":"text"},{"type":"array","items":\(decimal),"field":"prices"}]}
        """

    @Test func payloadIsTheValueAndTheSchemaStaysWithIt() throws {
        let text = #"{"schema":\#(Self.order),"payload":{"id":7,"text":"ü🙂","prices":["BNI=",null,"/w=="]}}"#
        let decoded = try json.decode(text)
        #expect(decoded.value == #"{"id":7,"text":"ü🙂","prices":[12.34,null,-0.01]}"#)
        #expect(decoded.schema == Self.order)
        #expect(decoded.source == Array(text.utf8))
    }

    @Test(
        "Payloads of each type",
        arguments: [
            (#"{"type":"int8"}"#, "-128"), (#"{"type":"int16"}"#, "300"), (#"{"type":"int32"}"#, "70000"),
            (#"{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}"#, "1700000000123"),
            (#"{"type":"float"}"#, "1.5"), (#"{"type":"double"}"#, "1e300"), (#"{"type":"boolean"}"#, "false"),
            (#"{"type":"string"}"#, #""\u0000ü""#), (#"{"type":"bytes"}"#, #""AAE=""#),
            (#"{"type":"array","items":{"type":"int32"}}"#, "[1,2]"), (#"{"type":"string","optional":true}"#, "null"),
            (#"{"type":"map","keys":{"type":"string"},"values":{"type":"int64"}}"#, #"{"a":1}"#),
            (#"{"type":"map","keys":{"type":"int32"},"values":{"type":"string"}}"#, #"[[1,"a"]]"#),
            (#"{"type":"float"}"#, #""NaN""#), (#"{"type":"double","optional":true}"#, #""-Infinity""#),
            (#"{"type":"struct","fields":[{"field":"a","type":"int32"}]}"#, #"{"more":true,"a":1}"#), ("null", "[{}]"),
        ])
    func types(_ schema: String, _ payload: String) throws {
        let decoded = try json.decode(#"{"payload":\#(payload),"schema":\#(schema)}"#)
        #expect(decoded.value == payload && decoded.schema == (schema == "null" ? nil : schema))
    }

    @Test(
        "A broken envelope is rejected with a sentence and keeps its bytes",
        arguments: [
            (#"{"a":1}"#, "an object with the fields a; set schemas.enable to false for plain JSON"),
            (#"{"schema":null}"#, "and nothing more"), (#"{"schema":null,"payload":1,"x":2}"#, "and nothing more"),
            ("[1]", "this is a list"), (#"{"schema":{"type":"int46"},"payload":1}"#, #"unknown type "int46""#),
            (#"{"schema":{},"payload":1}"#, "the schema has no type"),
            (#"{"schema":3,"payload":1}"#, "the schema is no object"),
            (#"{"schema":{"type":"array"},"payload":[]}"#, "the schema.items is no object"),
            (#"{"schema":{"type":"struct"},"payload":{}}"#, "without a list of fields"),
            (
                #"{"schema":{"type":"struct","fields":[{"type":"int8","field":"a"},{"type":"x","field":"b"}]},"payload":{}}"#,
                #"the schema.fields[1] has the unknown type "x""#
            ),
            (#"{"schema":{"type":"int8"},"payload":128}"#, "the payload is a number, not int8"),
            (#"{"schema":{"type":"int64"},"payload":1.5}"#, "not int64"),
            (#"{"schema":{"type":"string"},"payload":null}"#, "the payload is null or missing"),
            (#"{"schema":{"type":"bytes"},"payload":"%%"}"#, "not base64"),
            (
                #"{"schema":{"type":"struct","fields":[{"type":"array","items":{"type":"int8"},"field":"a"}]},"payload":{"a":[1,"x"]}}"#,
                "the payload.a[1] is a text, not int8"
            ),
            (
                #"{"schema":{"type":"struct","fields":[{"type":"int8","field":"a"}]},"payload":{"b":1}}"#,
                "the payload.a is missing"
            ),
            (
                #"{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"},"payload":"AA=="}"#,
                "no scale"
            ),
            ("{", "column 2"),
        ])
    func broken(_ text: String, _ message: String) throws {
        let decoded = try json.decode(text)
        #expect(decoded.fault?.contains(message) == true, "\(decoded)")
        #expect(decoded.source == Array(text.utf8))
    }

    private static let defaults = #"""
        {"type":"struct","fields":[{"field":"a","type":"int32","optional":true,"default":1},\#
        {"field":"t","type":"string","default":"x\"\u00fc"},{"field":"y","type":"bytes","default":"AAE="},\#
        {"field":"d","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"default":"BNI="},\#
        {"field":"l","type":"array","items":{"type":"boolean","default":true,"optional":true},"default":[false]},\#
        {"field":"o","type":"struct","optional":true,"fields":[{"field":"i\"n","type":"int64","default":-5}]}]}
        """#

    @Test(
        "A null and what is missing get the default of their field",
        arguments: [
            ("{}", #"{"a":1,"t":"x\"ü","y":"AAE=","d":12.34,"l":[false]}"#),
            (
                #"{"o":{},"a":null,"t":null,"y":null,"d":null,"l":[null,false,null]}"#,
                #"{"o":{"i\"n":-5},"a":1,"t":"x\"ü","y":"AAE=","d":12.34,"l":[true,false,true]}"#
            ),
            (
                #"{"a":2,"t":"","y":"","d":"","l":[],"o":null}"#, ""
            ),
            (
                #"{"a":2,"t":"","y":"","d":"AA==","l":[],"o":{"i\"n":1}}"#,
                #"{"a":2,"t":"","y":"","d":0.00,"l":[],"o":{"i\"n":1}}"#
            ),
        ])
    func defaults(_ payload: String, _ value: String) throws {
        let decoded = try json.decode(#"{"schema":\#(Self.defaults),"payload":\#(payload)}"#)
        #expect(decoded.value ?? "" == value, "\(decoded)")
    }

    @Test("With replace.null.with.default false null stays null")
    func keptNull() throws {
        let config = ConverterConfig.of(.json, schemas: true, replacesNull: false)
        let decoded = try config.decode(#"{"schema":\#(Self.defaults),"payload":{"a":null}}"#)
        #expect(decoded.value == #"{"a":null}"#)
        #expect(try config.encode([#"{"a":null}"#], schema: Self.defaults)[0].hasSuffix(#","payload":{"a":null}}"#))
        #expect(
            try json.encode([#"{"a":null,"t":"t"}"#], schema: Self.defaults)[0]
                .hasSuffix(#","payload":{"a":1,"t":"t","y":"AAE=","d":"BNI=","l":[false]}}"#))
    }

    @Test func aValueThatFitsItsSchemaIsWrittenWithIt() throws {
        let value = #"{"id":7,"text":null,"prices":[12.34,-0.01]}"#
        let payload = #"{"id":7,"text":null,"prices":["BNI=","/w=="]}"#
        #expect(
            try json.encode([value], schema: Self.order) == [#"{"schema":\#(Self.order),"payload":\#(payload)}"#])
        let numeric = ConverterConfig.of(.json, schemas: true, .numeric)
        #expect(try numeric.encode([value], schema: Self.order)[0].hasSuffix(#","payload":\#(value)}"#))
    }

    @Test(
        "A value that no longer fits gets the schema that follows from it",
        arguments: [#"{"id":"7"}"#, #"{"id":7,"more":true,"prices":[]}"#, #"{"id":7}"#, #"{"id":1,"prices":[0.001]}"#])
    func refitted(_ value: String) throws {
        let written = try json.encode([value], schema: Self.order)[0]
        #expect(!written.contains(#""name":"order""#) && written.hasSuffix(#","payload":\#(value)}"#))
        #expect(try json.decode(written).value == value)
    }

    @Test(
        "What a schema says of values without one",
        arguments: [
            ("true", #"{"type":"boolean","optional":false}"#), ("-1", #"{"type":"int64","optional":false}"#),
            ("1.0", #"{"type":"double","optional":false}"#), (#""x""#, #"{"type":"string","optional":false}"#),
            ("[]", #"{"type":"array","items":{"type":"string","optional":true},"optional":false}"#),
            ("[null,1,2.5]", #"{"type":"array","items":{"type":"double","optional":true},"optional":false}"#),
            (
                #"[{"a":1},{"b":null}]"#,
                #"{"type":"array","items":{"type":"struct","fields":[{"type":"int64","optional":true,"field":"a"},"#
                    + #"{"type":"string","optional":true,"field":"b"}],"optional":true},"optional":false}"#
            ),
            (
                #"{"q\"":{}}"#,
                #"{"type":"struct","fields":[{"type":"struct","fields":[],"optional":true,"field":"q\""}],"optional":false}"#
            ),
            ("[1,\"x\"]", "null"), ("1e999", "null"), (#"{"a":1,"a":2}"#, "null"),
        ])
    func inferred(_ value: String, _ schema: String) throws {
        #expect(try json.encode([value]) == [#"{"schema":\#(schema),"payload":\#(value)}"#])
        #expect(try json.decode(json.encode([value])[0]).value == value)
    }

    @Test func longWholeNumbersAreDecimals() throws {
        let value = "12345678901234567890123"
        let written = try json.encode([value])[0]
        #expect(written.contains(#""parameters":{"scale":"0"}"#))
        #expect(try json.decode(written).value == value)
    }

    @Test func eachValueGetsItsOwnSchemaWhateverWasBefore() throws {
        let values = [#"{"a":null}"#, #"{"a":1}"#, #"{"a":null}"#, #"{"a":"x","b":1}"#, #"{"a":1}"#]
        let written = try json.encode(values)
        #expect(try written.map { try json.decode($0).value } == values)
        #expect(written[1] == written[4])
        #expect(written[3].contains(#""field":"b""#))
    }

    @Test func schemasBeyondTheCacheAreReadAgain() throws {
        for type in ["int8", "int16", "int32"] + (0..<30).map({ "int64\",\"version\":\"\($0)" }) + ["int8"] {
            #expect(try json.decode(#"{"schema":{"type":"\#(type)"},"payload":1}"#).value == "1")
        }
    }
}
