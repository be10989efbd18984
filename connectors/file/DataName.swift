/// Parts of file names that come with the data: they must not lead anywhere else, and must fit.
enum DataName {
    /// The longest name that file systems take, in bytes.
    static let longest = 255
    private static let hashLength = 17

    /// A topic as part of a file name.
    ///
    /// - Parameter room: The most bytes of it; a longer one is cut, with a hash of all of it at its end. At least 18.
    static func safe(_ text: String, room: Int) -> String {
        var bytes = text.utf8.map { $0 == UInt8(ascii: "/") || $0 == 0 ? UInt8(ascii: "_") : $0 }
        if bytes.isEmpty { bytes = [UInt8(ascii: "_")] }
        if bytes[0] == UInt8(ascii: ".") { bytes[0] = UInt8(ascii: "_") }
        return shortened(String(decoding: bytes, as: UTF8.self), to: room, hashing: text)
    }

    /// A name of at most so many bytes, at least 18: a longer one is cut, with a hash of all of it at its end.
    static func shortened(_ name: String, to room: Int, hashing text: String? = nil) -> String {
        if name.utf8.count <= room { return name }
        let digits = String(hash(text ?? name), radix: 16)
        let zeros = String(repeating: "0", count: hashLength - 1 - digits.utf8.count)
        return cut(name, to: room - hashLength) + "~" + zeros + digits
    }

    /// As much of a text as fits, without part of a character's bytes.
    static func cut(_ text: String, to room: Int) -> String {
        let bytes = Array(text.utf8)
        if bytes.count <= room { return text }
        var end = max(0, room)
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// FNV-1a, which is the same in every version.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
