import ConnectorKit
import Testing

@Suite("Finding fields of a list in one walk")
struct FieldFinderTests {
    private static let names: [FieldName] = ["id", "name", "a longer name", "k\"ey"]

    /// What a finder finds in objects one after the other: the fields as JSON, and how many members are others.
    private func found(_ lines: [String], _ names: [FieldName] = names) throws -> [[String]] {
        let batch = try parsed(lines.joined(separator: "\n"))
        var finder = FieldFinder(names)
        var result: [[String]] = []
        batch.forEach { record in
            let fields = finder.find(in: record.value)
            result.append(
                names.indices.map { fields[$0].exists ? fields[$0].jsonText : "-" } + ["\(fields.otherCount)"])
        }
        return result
    }

    @Test("Fields are found in any order, missing ones are missing")
    func order() throws {
        let lines = [
            #"{"id":1,"name":2,"a longer name":3,"k\"ey":4}"#, #"{"a longer name":5,"id":6}"#,
            #"{"a longer name":7,"id":8}"#, "{}", #"{"name":null}"#,
        ]
        let expected = [
            ["1", "2", "3", "4", "0"], ["6", "-", "5", "-", "0"], ["8", "-", "7", "-", "0"], ["-", "-", "-", "-", "0"],
            ["-", "null", "-", "-", "0"],
        ]
        #expect(try found(lines) == expected)
    }

    @Test("Of equal names the last counts, however it is spelled")
    func equalNames() throws {
        let text = #"{"id":1,"k\u0022ey":2,"id":3,"k\"ey":4,"\u0069d":5}"#
        #expect(try found([text, text]) == [["5", "-", "-", "4", "0"], ["5", "-", "-", "4", "0"]])
    }

    @Test("Members of other names are counted each, unless they are null")
    func others() throws {
        let text = #"{"x":1,"id":2,"y":null,"x":3,"nam":4,"names":5}"#
        #expect(try found([text, text]) == [["2", "-", "-", "-", "4"], ["2", "-", "-", "-", "4"]])
        #expect(try found([text], []) == [["5"]])
    }

    @Test("Values that are no objects have no fields", arguments: ["null", "1", #""id""#, #"[{"id":1}]"#])
    func others(_ text: String) throws {
        #expect(try found([#"{"id":1}"#, text]) == [["1", "-", "-", "-", "0"], ["-", "-", "-", "-", "0"]])
    }

    @Test("Edited objects are searched as they are now")
    func edited() throws {
        var batch = try parsed(#"{"id":1,"name":2,"id":3}"#)
        try batch.edit { record in
            record.remove("name")
            record.set("id", 4)
            record.set("a longer name", 5)
            return true
        }
        var finder = FieldFinder(Self.names)
        let fields = finder.find(in: batch[0].value)
        #expect(fields[0].int == 4 && fields[2].int == 5)
        #expect(!fields[1].exists && fields.otherCount == 0)
    }

    @Test("What is found is what asking for each field finds, whatever came before")
    func sameAsOneByOne() throws {
        let names = (0..<12).map { FieldName(interning: "field \($0 % 4 == 0 ? "of some length " : "")\($0)") }
        var state: UInt64 = 7
        let lines = (0..<300).map { _ in
            let members = (0..<16).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let pick = Int(state >> 40) % 15
                return pick < 12 ? "\"\(names[pick])\":\(state >> 50)" : "\"other \(pick)\":1"
            }
            return "{" + members.joined(separator: ",") + "}"
        }
        let batch = try parsed(lines.joined(separator: "\n"))
        let all = try found(lines, names)
        for (index, fields) in all.enumerated() {
            #expect(fields.dropLast() == names.map { batch[index][$0].exists ? batch[index][$0].jsonText : "-" }[...])
        }
    }
}
