import ConnectorKit
import Testing

@Suite("Positions have one text for equal content")
struct PositionTests {
    @Test("names are sorted and text is escaped")
    func text() {
        let fields: PositionFields = ["b": 1, "a": "x\"\n\u{1}é", "c": true]
        #expect(fields.json == #"{"a":"x\"\n\u0001é","b":1,"c":true}"#)
        #expect(PositionFields(json: fields.json) == fields)
    }

    @Test(
        "anything but a flat object is refused",
        arguments: ["[]", "{\"a\":1.5}", "{\"a\":null}", "{\"a\":{}}", "x", "{\"a\":1e400}"])
    func refused(json: String) {
        #expect(PositionFields(json: json) == nil)
    }
}
