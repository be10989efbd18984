import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite("Numbers in MongoDB", .timeLimit(.minutes(15)))
struct NumberTests {
    enum Stored: Sendable {
        case int64(Int64)
        case double(Double)
        case decimal(String)
    }

    static let numbers: [(text: String, stored: Stored)] = [
        ("9223372036854775807", .int64(.max)), ("-9223372036854775808", .int64(.min)), ("0", .int64(0)),
        ("-0", .double(-0.0)), ("-0.0", .double(-0.0)), ("-0e7", .double(-0.0)), ("0.000", .double(0)),
        ("1.10", .double(1.1)), ("2.0", .double(2)), ("1e3", .double(1000)), ("1E+3", .double(1000)),
        ("0.1", .double(0.1)), ("5e-324", .double(.leastNonzeroMagnitude)),
        ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
        ("0.30000000000000004", .double(0.1 + 0.2)), ("100000000000000000000.0", .double(1e20)),
        ("123456789012345.0", .double(123_456_789_012_345)), ("1.00000000000000000000000000", .double(1)),
        ("12345678901234567890.1234567890", .decimal("12345678901234567890.1234567890")),
        ("12345678901234567890", .decimal("12345678901234567890")),
        ("0.1000000000000000055", .decimal("0.1000000000000000055")),
        ("9007199254740993.0", .decimal("9007199254740993.0")), ("4.9e-324", .decimal("4.9E-324")),
        ("1e-400", .decimal("1E-400")), ("-1e400", .decimal("-1E+400")),
        ("1e6144", .decimal("1.000000000000000000000000000000000E+6144")),
        ("0.1e-6175", .decimal("1E-6176")), ("10e-6177", .decimal("1E-6176")),
        ("1234567890123456789012345678901234", .decimal("1234567890123456789012345678901234")),
        ("-1.234567890123456789012345678901234", .decimal("-1.234567890123456789012345678901234")),
        ("12345678901234567890123456789012340", .decimal("1.234567890123456789012345678901234E+34")),
        ("0.12345678901234567890123456789012340", .decimal("0.1234567890123456789012345678901234")),
        ("1" + String(repeating: "0", count: 50), .decimal("1.000000000000000000000000000000000E+50")),
    ]

    /// The type and the payload of a value.
    private func stored(_ text: String) throws -> (type: UInt8, payload: [UInt8]) {
        var batch = RecordBatch()
        let number = try #require(JSONNumber(text))
        try batch.append(value: number)
        var encoder = DocumentEncoder(rules: FieldRules([:]))
        let type = try encoder.addPayload(batch[0].value)
        return (type, encoder.out.array())
    }

    @Test("are int64 or double where that is the number, and decimal128 where it is not", arguments: numbers)
    func exact(_ text: String, _ expected: Stored) throws {
        let stored = try stored(text)
        switch expected {
        case .int64(let number):
            #expect(stored.type == BSONType.int64 && stored.payload[...].int64 == number)
        case .double(let number):
            #expect(stored.type == BSONType.double)
            #expect(stored.payload[...].int64.map(UInt64.init(bitPattern:)) == number.bitPattern)
        case .decimal(let number):
            try #require(stored.type == BSONType.decimal128)
            var json = DocumentJSON()
            json.write(BSONDocument(BSONWriter.document { $0.add("v", bytes: stored.payload, type: stored.type) }))
            #expect(String(decoding: json.text, as: UTF8.self) == "{\"v\":\(number)}")
        }
    }

    @Test(
        "that nothing holds are rejected",
        arguments: [
            "12345678901234567890123456789012345", "0.12345678901234567890123456789012345", "1e6145",
            "-1e99999999999999999999",
            "1e-99999999999999999999", "11e-6177", "1e-6177", "1" + String(repeating: "0", count: 7000),
        ])
    func refused(_ text: String) {
        #expect(throws: ValueFault.self) { try stored(text) }
    }
}
