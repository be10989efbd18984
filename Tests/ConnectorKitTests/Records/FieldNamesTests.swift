import Testing

@testable import ConnectorKit

@Suite("Names from data")
struct FieldNamesTests {
    @Test("A list gives its names in their order, byte for byte")
    func order() {
        let texts = ["a", "", "a\u{301}", "\u{E1}", String(repeating: "long ", count: 20)]
        let names = FieldNames(texts)
        #expect(names.count == texts.count)
        for place in texts.indices {
            let name = unsafe names[place]
            #expect(name.description.utf8.elementsEqual(texts[place].utf8))
            #expect(name == FieldName(interning: texts[place]))
        }
    }

    @Test("A name that lies where a freed one did is written as itself into the same batch")
    func reuse() throws {
        var batch = RecordBatch()
        var addresses: Set<UInt> = []
        for number in 100..<400 {
            let names = FieldNames(["field number \(number)"])
            unsafe addresses.insert(UInt(bitPattern: names[0].start))
            try batch.append { record in record.add(unsafe names[0], number) }
        }
        // The allocator gives the same memory again, or this shows nothing.
        #expect(addresses.count < 300)
        for number in 100..<400 {
            #expect(batch[number - 100].value[FieldName(interning: "field number \(number)")].int == Int64(number))
        }
    }
}
