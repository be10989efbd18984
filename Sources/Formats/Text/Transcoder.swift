import Glibc

/// Turns text of some character set into UTF-8 (iconv); sole owner of one conversion. Not for two threads at once.
@safe public final class Transcoder {
    /// Stands in the output for each byte that means nothing in the character set: no UTF-8, so that whoever reads on
    /// rejects what holds it.
    public static let invalid: UInt8 = 0xFF

    /// Character sets that say in the text itself how what follows is to be read, so that reading cannot begin amid it.
    private static let stateful = ["ISO-2022", "ISO2022", "UTF-7", "UTF7", "HZ", "CSISO2022"]

    private let conversion: iconv_t

    /// - Returns: nil when the system does not know the character set, or reading it cannot begin amid the text.
    public init?(from charset: String) {
        let name = charset.uppercased()
        guard !Self.stateful.contains(where: name.hasPrefix) else { return nil }
        guard let conversion = unsafe iconv_open("UTF-8", charset), Int(bitPattern: conversion) != -1 else {
            return nil
        }
        unsafe self.conversion = conversion
    }

    deinit { unsafe iconv_close(conversion) }

    /// Converts until one of both is used up; what is not used at the end of `input` is a character cut off there.
    public func convert(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> (used: Int, made: Int) {
        var (used, made) = (0, 0)
        while used < input.count {
            var from = unsafe UnsafeMutablePointer(
                mutating: input.baseAddress?.advanced(by: used).assumingMemoryBound(to: CChar.self))
            var to = unsafe output.baseAddress?.advanced(by: made).assumingMemoryBound(to: CChar.self)
            var (left, room) = (input.count - used, output.count - made)
            let result = unsafe iconv(conversion, &from, &left, &to, &room)
            let reason = errno
            (used, made) = (input.count - left, output.count - room)
            guard result == -1, reason == EILSEQ, room > 0 else { break }
            unsafe output[made] = Self.invalid
            (used, made) = (used + 1, made + 1)
        }
        return (used, made)
    }
}
