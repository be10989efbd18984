internal import CRecords

/// Why a text is not JSON: what was expected where. Found byte by byte, once a text is known to be bad.
struct JSONFault {
    /// Bytes from the start of the text.
    let offset: Int
    let expected: String
    /// What stands there.
    let found: String

    /// The first fault of a value; nil when there is none.
    ///
    /// - Parameter isAlone: Whether nothing may follow the value.
    static func find(
        in bytes: UnsafeBufferPointer<UInt8>, isAlone: Bool, maximumDepth: Int
    ) -> JSONFault? {
        var finder = unsafe JSONFaultFinder(bytes, maximumDepth: maximumDepth)
        let fault = finder.run(isAlone: isAlone)
        let utf8 = unsafe notUTF8(bytes)
        guard let utf8, utf8.offset <= fault?.offset ?? .max else { return fault }
        return utf8
    }

    private static func notUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> JSONFault? {
        var offset = 0
        guard let start = bytes.baseAddress, unsafe !sluice_is_utf8(start, bytes.count, &offset) else {
            return nil
        }
        return unsafe JSONFault(offset: offset, expected: "UTF-8 text", found: hex(bytes[offset]))
    }

    static func hex(_ byte: UInt8) -> String {
        "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
