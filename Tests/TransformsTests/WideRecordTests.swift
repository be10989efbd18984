import ConnectorKit
import Testing

@Suite("Transforms of many fields")
struct WideRecordTests {
    private static let count = 40
    private let value =
        "{" + (0..<count).map { "\"f\($0)\":\($0)" }.joined(separator: ",") + ",\"in\":{"
        + (0..<count).map { "\"f\($0)\":\($0)" }.joined(separator: ",") + "}}"

    private func list(_ places: some Sequence<Int>, _ text: (Int) -> String) -> String {
        places.map(text).joined(separator: ",")
    }

    /// The value of the members that `text` gives, of the object itself and of the one in it.
    private func expected(_ outer: (Int) -> String?, _ inner: (Int) -> String? = { "\"f\($0)\":\($0)" }) -> JSON? {
        let inside = (0..<Self.count).compactMap(inner).joined(separator: ",")
        let outside = (0..<Self.count).compactMap(outer).joined(separator: ",")
        return try? JSON("{" + (outside.isEmpty ? "" : outside + ",") + "\"in\":{\(inside)}}")
    }

    private func odd(_ place: Int) -> Bool { place % 2 == 1 }
    private var even: [Int] { (0..<Self.count).filter { $0 % 2 == 0 }.reversed() }

    private func result(_ type: String, _ settings: String, _ text: String? = nil) throws -> JSON? {
        try transform(type, "{\(settings)}", value: text ?? value).value
    }

    @Test func excludes() throws {
        let result = try result("ReplaceField", "\"exclude\":\"\(list(even) { "f\($0)" })\"")
        #expect(result == expected { odd($0) ? "\"f\($0)\":\($0)" : nil })
    }

    @Test func includes() throws {
        let settings = "\"include\":\"in,\(list(even) { "f\($0)" })\""
        #expect(try result("ReplaceField", settings) == expected { odd($0) ? nil : "\"f\($0)\":\($0)" })
    }

    @Test("Fields within are edited the same way")
    func within() throws {
        let version = "\"field.syntax.version\":\"V2\""
        let excluded = try result("ReplaceField", "\(version),\"exclude\":\"\(list(even) { "in.f\($0)" })\"")
        let all: (Int) -> String? = { "\"f\($0)\":\($0)" }
        #expect(excluded == expected(all) { odd($0) ? "\"f\($0)\":\($0)" : nil })
        let renamed = try result("ReplaceField", "\(version),\"renames\":\"\(list(even) { "in.f\($0):g\($0)" })\"")
        #expect(renamed == expected(all) { "\"\(odd($0) ? "f" : "g")\($0)\":\($0)" })
        let cast = try result("Cast", "\(version),\"spec\":\"\(list(even) { "in.f\($0):string" })\"")
        #expect(cast == expected(all) { odd($0) ? "\"f\($0)\":\($0)" : "\"f\($0)\":\"\($0)\"" })
    }

    @Test("Many objects within are selected from")
    func selections() throws {
        let text = "{" + list(0..<30) { "\"o\($0)\":{\"a\":1,\"b\":2}" } + ",\"o99\":1}"
        let settings =
            "\"field.syntax.version\":\"V2\",\"include\":\"\(list((0..<30).reversed()) { "o\($0).a" }),o99.a\""
        #expect(
            try result("ReplaceField", settings, text) == JSON("{" + list(0..<30) { "\"o\($0)\":{\"a\":1}" } + "}"))
    }

    @Test func renames() throws {
        let settings = "\"renames\":\"\(list(even) { "f\($0):g\($0)" })\""
        #expect(try result("ReplaceField", settings) == expected { "\"\(odd($0) ? "f" : "g")\($0)\":\($0)" })
    }

    @Test("All at once: round, and on")
    func circles() throws {
        let round = "\"renames\":\"\(list(0..<Self.count) { "f\($0):f\(($0 + 1) % Self.count)" })\""
        #expect(try result("ReplaceField", round) == expected { "\"f\(($0 + 1) % Self.count)\":\($0)" })
        let on = "\"renames\":\"\(list(0..<Self.count) { "f\($0):f\($0 + 1)" })\""
        #expect(try result("ReplaceField", on) == expected { "\"f\($0 + 1)\":\($0)" })
    }

    @Test("A field that has a new name and keeps it is replaced")
    func replaced() throws {
        let settings = "\"renames\":\"\(list(0..<20) { "f\($0):f\($0 + 20)" })\""
        #expect(try result("ReplaceField", settings) == expected { $0 < 20 ? "\"f\($0 + 20)\":\($0)" : nil })
    }

    @Test("Two fields of one new name: as with few fields, one is left")
    func sameNewName() throws {
        let settings = "\"renames\":\"\(list(0..<20) { "f\($0):g\($0 / 2)" })\""
        let result = try #require(try result("ReplaceField", settings))
        #expect(result == expected { $0 >= 20 ? "\"f\($0)\":\($0)" : odd($0) ? "\"g\($0 / 2)\":\($0)" : nil })
    }

    @Test("Missing fields are added as null, in their order, and repeated ones cast as with few fields")
    func casts() throws {
        let settings = "\"spec\":\"\(list(even) { "f\($0):string" }),z1:string,z0:int8\""
        let all = (0..<Self.count).map { odd($0) ? "\"f\($0)\":\($0)" : "\"f\($0)\":\"\($0)\"" }.joined(separator: ",")
        let inside = (0..<Self.count).map { "\"f\($0)\":\($0)" }.joined(separator: ",")
        #expect(try result("Cast", settings) == JSON("{\(all),\"in\":{\(inside)},\"z1\":null,\"z0\":null}"))
        let twice = "{\"f0\":1,\"f2\":2,\"f0\":3}"
        let rest = list(even.filter { $0 > 2 }) { "\"f\($0)\":null" }
        #expect(
            try result("Cast", settings, twice) == JSON("{\"f2\":\"2\",\"f0\":\"3\",\(rest),\"z1\":null,\"z0\":null}"))
    }

    @Test("What cannot be cast is told by its name")
    func failure() throws {
        let spec = "\(list(even) { "f\($0):string" }),in:string"
        var batch = RecordBatch()
        try TestRecord(value: value).append(to: &batch)
        try makeTransform("Cast", "{\"spec\":\"\(spec)\"}").apply(to: &batch)
        let message = batch.rejections.first?.error.message
        #expect(message == "Cast cannot turn field \"in\", an object, into string")
    }
}
