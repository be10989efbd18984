import ConnectorKit

/// PostgreSQL's text of an array as a JSON array; from the section "Array Input and Output Syntax" of its manual.
struct ArrayText: ~Copyable {
    private var element = JSONWriter(capacity: 256)

    /// Writes an array; its lower bounds are passed over.
    mutating func write(
        _ text: UnsafeRawBufferPointer, of form: ScalarForm, delimiter: UInt8, to out: inout JSONWriter
    ) {
        var place = 0
        if unsafe text.first == UInt8(ascii: "["), let equals = unsafe text.firstIndex(of: UInt8(ascii: "=")) {
            place = equals + 1
        }
        while place < text.count {
            let byte = unsafe text[place]
            switch byte {
            case UInt8(ascii: "{"): out.writeByte(UInt8(ascii: "["))
            case UInt8(ascii: "}"): out.writeByte(UInt8(ascii: "]"))
            case delimiter: out.writeByte(UInt8(ascii: ","))
            case UInt8(ascii: "\""):
                place = unsafe takeQuoted(text, from: place + 1)
                unsafe element.withBytes { unsafe ValueText.write($0, as: form, to: &out) }
                continue
            default:
                place = unsafe writePlain(text, from: place, form, delimiter, to: &out)
                continue
            }
            place += 1
        }
    }

    /// Unescapes what stands in quotes; gives the place behind them.
    private mutating func takeQuoted(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        element.removeAll()
        var place = start
        while place < text.count {
            let byte = unsafe text[place]
            place += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") && place < text.count {
                element.writeByte(unsafe text[place])
                place += 1
            } else {
                element.writeByte(byte)
            }
        }
        return place
    }

    /// Writes an element without quotes; gives the place behind it.
    private func writePlain(
        _ text: UnsafeRawBufferPointer, from start: Int, _ form: ScalarForm, _ delimiter: UInt8,
        to out: inout JSONWriter
    ) -> Int {
        let end = unsafe text[start...].firstIndex { $0 == delimiter || $0 == UInt8(ascii: "}") } ?? text.count
        let element = unsafe UnsafeRawBufferPointer(rebasing: text[start..<end])
        if unsafe element.elementsEqual("NULL".utf8) {
            out.write("null")
        } else {
            unsafe ValueText.write(element, as: form, to: &out)
        }
        return end
    }
}
