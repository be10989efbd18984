import ConnectorKit
import Testing

@Suite("Editing many fields in one walk")
struct FieldWalkTests {
    private static let names: [FieldName] =
        (0..<20).map { FieldName(interning: "field \($0)") } + ["k\"ey", "a longer name"]

    /// Edits by the place in the list: removes, renames, replaces, turns into text, or leaves alone.
    private func walked(_ text: String) throws -> (text: String, isWalked: Bool, missing: [Int]) {
        var walk = FieldWalk(Self.names)
        var isWalked = false
        var missing: [Int] = []
        let result = try edited(text) { record in
            guard let object = record.valueObject else { return }
            isWalked = walk.find(in: object)
            guard isWalked else { return }
            walk.edit(object) { place, member in
                switch place % 5 {
                case 0: member.remove()
                case 1: member.rename(to: FieldName(interning: "new \(place)"))
                case 2: member.set(place)
                case 3: member.castToString()
                default: break
                }
            }
            missing = Self.names.indices.filter { !walk.isFound($0) }
        }
        return (result, isWalked, missing)
    }

    private func oneByOne(_ text: String) throws -> String {
        try edited(text) { record in
            for (place, name) in Self.names.enumerated() where record[name].exists {
                switch place % 5 {
                case 0: record.remove(name)
                case 1: record.rename(name, to: FieldName(interning: "new \(place)"))
                case 2: record.set(name, place)
                case 3: record.castToString(name)
                default: break
                }
            }
        }
    }

    @Test("The result is that of editing each field by its name, in any order, for any members")
    func same() throws {
        var state: UInt64 = 11
        for _ in 0..<300 {
            var places = Array(0..<30)
            for index in places.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                places.swapAt(index, Int(state >> 40) % places.count)
            }
            let members = places.prefix(Int(state >> 50) % 31).map { place in
                let name = place < Self.names.count ? Self.names[place].description : "other \(place)"
                return "\(name.jsonQuoted):\(place % 3 == 0 ? "true" : place % 3 == 1 ? "\(place)" : "{\"a\":[1]}")"
            }
            let text = "{" + members.joined(separator: ",") + "}"
            let result = try walked(text)
            #expect(result.isWalked)
            #expect(try result.text == oneByOne(text), "\(text)")
            #expect(result.missing == Self.names.indices.filter { !places.prefix(members.count).contains($0) })
        }
    }

    @Test("A name that stands there twice, however it is spelled, is left to a search for each")
    func twice() throws {
        for text in [
            #"{"field 1":1,"x":2,"field 1":3}"#, #"{"k\"ey":1,"k\u0022ey":2}"#, #"{"field 1":1,"f\u0069eld 1":2}"#,
        ] {
            let result = try walked(text)
            #expect(!result.isWalked && result.text == text)
        }
    }

    @Test("Only fields of the list are kept")
    func keeps() throws {
        var walk = FieldWalk(Self.names)
        let result = try edited(#"{"x":1,"field 3":2,"k\u0022ey":3,"field 33":4,"a longer name":5,"field 0":6}"#) {
            record in
            if let object = record.valueObject { walk.keepOnly(in: object) }
        }
        #expect(result == #"{"field 3":2,"k\u0022ey":3,"a longer name":5,"field 0":6}"#)
    }

    @Test("Later edits by name see what is there")
    func laterEdits() throws {
        var walk = FieldWalk(Self.names)
        let result = try edited(#"{"field 0":0,"field 1":1,"field 2":2}"#) { record in
            record.set("field 9", 9)
            guard let object = record.valueObject, walk.find(in: object) else { return }
            walk.edit(object) { place, member in
                if place == 0 { member.remove() } else if place == 1 { member.rename(to: "field 0") }
            }
            record.set("field 0", "new")
            record.rename("field 9", to: "field 1")
            record.remove("field 2")
        }
        #expect(result == #"{"field 0":"new","field 1":9}"#)
    }
}
