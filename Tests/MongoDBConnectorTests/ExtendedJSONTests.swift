import CMongo
import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite("MongoDB types as JSON and back", .timeLimit(.minutes(15)))
struct ExtendedJSONTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Canonical extended JSON.
        let value: String
        /// What mongo-kafka's formatters write.
        let defaultJson: String
        let extendedJson: String
        let simplifiedJson: String
        /// Ours.
        let simplified: String

        init(
            _ value: String, _ defaultJson: String, _ extendedJson: String, _ simplifiedJson: String,
            _ simplified: String
        ) {
            self.value = value
            self.defaultJson = defaultJson
            self.extendedJson = extendedJson
            self.simplifiedJson = simplifiedJson
            self.simplified = simplified
        }

        var testDescription: String { value }
    }

    private static func date(_ milliseconds: String, _ simplifiedJson: String, _ simplified: String) -> Case {
        Case(
            #"{"$date":{"$numberLong":"\#(milliseconds)"}}"#, #"{"$date": \#(milliseconds)}"#,
            #"{"$date": {"$numberLong": "\#(milliseconds)"}}"#, simplifiedJson, simplified)
    }

    private static func double(_ number: String, _ java: String, _ simplified: String? = nil) -> Case {
        Case(
            #"{"$numberDouble":"\#(number)"}"#, java, #"{"$numberDouble": "\#(java)"}"#, java, simplified ?? number)
    }

    private static func decimal(_ number: String, _ simplified: String? = nil) -> Case {
        let json = #"{"$numberDecimal": "\#(number)"}"#
        return Case(#"{"$numberDecimal":"\#(number)"}"#, json, json, "\"\(number)\"", simplified ?? number)
    }

    private static func same(_ value: String, _ json: String, _ simplified: String? = nil) -> Case {
        Case(value, json, json, json, simplified ?? json)
    }

    private static let hex = "0123456789abcdef01234567"
    private static let oid = #"{"$oid": "0123456789abcdef01234567"}"#
    private static let nan = #"{"$numberDouble": "NaN"}"#
    private static let infinity = #"{"$numberDouble": "-Infinity"}"#
    private static let uuid = "00112233-4455-6677-8899-aabbccddeeff"

    static let cases: [Case] = [
        Case(#"{"$numberInt":"-5"}"#, "-5", #"{"$numberInt": "-5"}"#, "-5", "-5"),
        Case(
            #"{"$numberLong":"5"}"#, #"{"$numberLong": "5"}"#, #"{"$numberLong": "5"}"#, "5", "5"),
        double("0.1", "0.1"), double("1.0", "1.0"), double("-0.0", "-0.0"), double("1e+20", "1.0E+20"),
        double("12345678.9", "1.23456789E+7", "12345678.9"), double("0.0005", "5.0E-4", "0.0005"),
        double("5e-324", "4.9E-324".replacing("4.9", with: "5.0")),
        Case(#"{"$numberDouble":"NaN"}"#, nan, nan, nan, "\"NaN\""),
        Case(#"{"$numberDouble":"-Infinity"}"#, infinity, infinity, infinity, "\"-Infinity\""),
        decimal("1.10"), decimal("1E+3", "1E+3"), decimal("NaN", "\"NaN\""), decimal("-Infinity", "\"-Infinity\""),
        decimal("0E-6176"), decimal("9999999999999999999999999999999999"),
        date("1577836800000", "\"2020-01-01T00:00:00Z\"", "\"2020-01-01T00:00:00.000Z\""),
        date("1577836800500", "\"2020-01-01T00:00:00.5Z\"", "\"2020-01-01T00:00:00.500Z\""),
        date("1577836800120", "\"2020-01-01T00:00:00.12Z\"", "\"2020-01-01T00:00:00.120Z\""),
        date("1577836800123", "\"2020-01-01T00:00:00.123Z\"", "\"2020-01-01T00:00:00.123Z\""),
        date("-1", "\"1969-12-31T23:59:59.999Z\"", "\"1969-12-31T23:59:59.999Z\""),
        date("253402300800000", "\"+10000-01-01T00:00:00Z\"", "253402300800000"),
        date("-62198755200000", "\"-0001-01-01T00:00:00Z\"", "-62198755200000"),
        Case(#"{"$oid":"\#(hex)"}"#, oid, oid, "\"\(hex)\"", "\"\(hex)\""),
        Case(
            #"{"$binary":{"base64":"AAEC/w==","subType":"00"}}"#, #"{"$binary": "AAEC/w==", "$type": "00"}"#,
            #"{"$binary": {"base64": "AAEC/w==", "subType": "00"}}"#, "\"AAEC/w==\"", "\"AAEC/w==\""),
        Case(
            #"{"$binary":{"base64":"AAEC","subType":"02"}}"#, #"{"$binary": "AAEC", "$type": "02"}"#,
            #"{"$binary": {"base64": "AAEC", "subType": "02"}}"#, "\"AAEC\"", "\"AAEC\""),
        Case(
            #"{"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"04"}}"#,
            #"{"$binary": "ABEiM0RVZneImaq7zN3u/w==", "$type": "04"}"#,
            #"{"$binary": {"base64": "ABEiM0RVZneImaq7zN3u/w==", "subType": "04"}}"#, "\"\(uuid)\"", "\"\(uuid)\""),
        Case(
            #"{"$binary":{"base64":"","subType":"fa"}}"#, #"{"$binary": "", "$type": "FA"}"#,
            #"{"$binary": {"base64": "", "subType": "FA"}}"#, "\"\"", "\"\""),
        same(
            #"{"$timestamp":{"t":4294967295,"i":6}}"#, #"{"$timestamp": {"t": 4294967295, "i": 6}}"#,
            #"{"t":4294967295,"i":6}"#),
        Case(
            #"{"$regularExpression":{"pattern":"a/b","options":"im"}}"#, #"{"$regex": "a/b", "$options": "im"}"#,
            #"{"$regularExpression": {"pattern": "a/b", "options": "im"}}"#,
            #"{"$regularExpression": {"pattern": "a/b", "options": "im"}}"#, #"{"pattern":"a/b","options":"im"}"#),
        Case(#"{"$symbol":"s"}"#, #"{"$symbol": "s"}"#, #"{"$symbol": "s"}"#, "\"s\"", "\"s\""),
        same(#"{"$code":"x()"}"#, #"{"$code": "x()"}"#, "\"x()\""),
        Case(
            #"{"$code":"x","$scope":{"a":{"$numberInt":"1"},"b":{"$oid":"\#(hex)"}}}"#,
            #"{"$code": "x", "$scope": {"a": 1, "b": \#(oid)}}"#,
            #"{"$code": "x", "$scope": {"a": {"$numberInt": "1"}, "b": \#(oid)}}"#,
            #"{"$code": "x", "$scope": {"a": 1, "b": "\#(hex)"}}"#, #"{"code":"x","scope":{"a":1,"b":"\#(hex)"}}"#),
        Case(
            #"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"\#(hex)"}}}"#, #"{"$ref": "d.c", "$id": \#(oid)}"#,
            #"{"$dbPointer": {"$ref": "d.c", "$id": \#(oid)}}"#, #"{"$ref": "d.c", "$id": "\#(hex)"}"#,
            #"{"ref":"d.c","id":"\#(hex)"}"#),
        same(#"{"$undefined":true}"#, #"{"$undefined": true}"#, "null"),
        same(#"{"$minKey":1}"#, #"{"$minKey": 1}"#, "\"MinKey\""),
        same(#"{"$maxKey":1}"#, #"{"$maxKey": 1}"#, "\"MaxKey\""),
        same("null", "null"), same("true", "true"), same("[]", "[]"), same("{}", "{}"),
        Case(
            #"[{"$numberInt":"1"},{"b":[]}]"#, #"[1, {"b": []}]"#, #"[{"$numberInt": "1"}, {"b": []}]"#,
            #"[1, {"b": []}]"#,
            #"[1,{"b":[]}]"#),
        same(#""a\"\\\n\t\b\u0000ü~""#, #""a\"\\\n\t\b\u0000ü~""#, #""a\"\\\u000a\u0009\u0008\u0000ü~""#),
        same("\"😀e\u{301}\u{7F}\u{200B}\"", #""\ud83d\ude00e\u0301\u007f\u200b""#, "\"😀e\u{301}\u{7F}\u{200B}\""),
    ]

    private func text(_ value: String, _ style: DocumentStyle, isSpaced: Bool = true) throws -> String {
        let document = try #require(BSONDocument(extendedJSON: "{\"v\":\(value)}"))
        var json = DocumentJSON(style, isSpaced: isSpaced)
        json.write(document)
        #expect(json.fault == nil)
        let text = String(decoding: json.text, as: UTF8.self)
        let lead = isSpaced ? "{\"v\": " : "{\"v\":"
        #expect(text.hasPrefix(lead))
        return String(text.dropFirst(lead.count).dropLast())
    }

    @Test("Every type is written as mongo-kafka's formatters write it, and kept by ours", arguments: cases)
    func written(_ given: Case) throws {
        #expect(try text(given.value, .strict) == given.defaultJson)
        #expect(try text(given.value, .canonical) == given.extendedJson)
        #expect(try text(given.value, .simplifiedJson) == given.simplifiedJson)
        #expect(try text(given.value, .simplified, isSpaced: false) == given.simplified)
        // libbson agrees.
        let stored = try bson("{\"v\":\(given.value)}")
        #expect(try bson("{\"v\":\(text(given.value, .relaxed))}") == stored || given.value.contains("Long"))
        if !given.value.contains("undefined") {
            #expect(try bson("{\"v\":\(text(given.value, .canonical))}") == stored)
        }
    }

    @Test("What is no BSON, too deep or no UTF-8 is a fault and no null")
    func faults() throws {
        let document = try bson(#"{"v":"?!"}"#)
        var broken: [[UInt8]] = [Array(document.dropLast(3)), document.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }]
        var unknown = document
        unknown[4] = 0x55
        broken.append(unknown)
        for bytes in broken {
            var json = DocumentJSON(.canonical, isSpaced: true)
            json.write(BSONDocument(bytes))
            #expect(json.fault != nil)
        }
        var deep = BSONDocument.empty
        for _ in 0..<300 {
            let inner = deep
            deep = BSONWriter.document { $0.add("a", bytes: inner, type: BSONType.document) }
        }
        var json = DocumentJSON()
        json.write(BSONDocument(deep))
        #expect(json.fault?.contains("nested") == true)
    }
}
