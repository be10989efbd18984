import ConnectorKit
import Testing

@Suite("Repeated and odd names")
struct DuplicateNameTests {
    private static let text = #"{"a":1,"b":2,"a":3,"c":4,"a":5}"#

    @Test("The last of equal names is read, all are written")
    func read() throws {
        let batch = try parsed(Self.text)
        #expect(batch[0]["a"].int == 5)
        #expect(batch[0].value.count == 5)
        #expect(batch.lines == [Self.text])
    }

    @Test("An edit leaves one of equal names")
    func edit() throws {
        #expect(try edited(Self.text) { $0.set("a", 9) } == #"{"b":2,"c":4,"a":9}"#)
        #expect(try edited(Self.text) { $0.remove("a") } == #"{"b":2,"c":4}"#)
        #expect(try edited(Self.text) { $0.rename("a", to: "b") } == #"{"c":4,"b":5}"#)
        #expect(try edited(Self.text) { $0.rename("b", to: "a") } == #"{"a":2,"c":4}"#)
        #expect(
            try edited(#"{"a":1,"a":2}"#) {
                $0.remove("a")
                $0.set("a", 3)
            } == #"{"a":3}"#)
    }

    @Test("Names of another spelling are equal")
    func escapes() throws {
        let text = #"{"k\u0065y":1,"b":2,"key":3,"\u006bey":4}"#
        #expect(try parsed(text)[0]["key"].int == 4)
        #expect(try edited(text) { $0.set("key", 5) } == #"{"b":2,"\u006bey":5}"#)
        #expect(try edited(text) { $0.remove("key") } == #"{"b":2}"#)
    }

    @Test("Names that need escapes are written with them, and found again")
    func namesToEscape() throws {
        let name = FieldName(interning: "a\"b\\\n")
        let text = try edited(#"{"x":1}"#) { record in
            record.set(name, 2)
            record.set(name, 3)
            record.set("y", name)
            #expect(record[name].int == 3)
            #expect(record["y"].equals(name) == true)
        }
        #expect(text == #"{"x":1,"a\"b\\\n":3,"y":"a\"b\\\n"}"#)
    }

    @Test("Names of every length near the borders of a word", arguments: [0, 1, 7, 8, 9, 15, 16, 17, 24, 31, 64, 300])
    func lengths(_ length: Int) throws {
        let name = String(repeating: "n", count: length)
        let near = [name + "x", "x" + name, String(name.dropLast()) + "y"].map { "\"\($0)\":0" }
        let text = "{\(near.joined(separator: ",")),\"\(name)\":1}"
        let batch = try parsed(text)
        #expect(batch[0][FieldName(interning: name)].int == 1)
        #expect(try edited(text) { $0.remove(FieldName(interning: name)) } == "{\(near.joined(separator: ","))}")
        #expect(try edited("{}") { $0.set(FieldName(interning: name), 1) } == "{\"\(name)\":1}")
    }

    @Test("Names of 64 KiB and more", arguments: [65_534, 65_535, 65_536, 70_000])
    func long(_ length: Int) throws {
        let name = String(repeating: "k", count: length)
        let field = FieldName(interning: name)
        let text = "{\"\(name)\":1,\"b\":2}"
        #expect(try parsed(text)[0][field].int == 1)
        #expect(try parsed(text)[0][FieldName(interning: name + "k")].exists == false)
        #expect(try edited(text) { $0.set("c", 3) } == "{\"\(name)\":1,\"b\":2,\"c\":3}")
        #expect(try edited(text) { $0.remove(field) } == "{\"b\":2}")
        #expect(try edited(text) { $0.rename(field, to: "a") } == "{\"a\":1,\"b\":2}")
        let renamed = try edited(#"{"a":1,"b":2}"#) {
            $0.rename("a", to: field)
            $0.set(field, 3)
            $0.set("z", 4)
        }
        #expect(renamed == "{\"\(name)\":3,\"b\":2,\"z\":4}")
    }

    @Test("Wide objects, edited many times")
    func wide() throws {
        let names = (0..<300).map { "field_\($0)" }
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        let after = try edited(text) { record in
            for (index, name) in names.enumerated() {
                record.set(FieldName(interning: name), index)
                record.set(FieldName(interning: "new_\(index)"), index)
                record.remove(FieldName(interning: "absent_\(index)"))
            }
            for name in names.dropFirst() { record.remove(FieldName(interning: name)) }
        }
        let added = (0..<300).map { "\"new_\($0)\":\($0)" }.joined(separator: ",")
        #expect(after == "{\"field_0\":0,\(added)}")
    }
}
