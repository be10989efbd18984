import Testing

@testable import Formats

@Suite("Compression")
struct CompressionTests {
    static let real: [Compression] = [.gzip, .zstd]

    @Test("What is compressed in any pieces comes back", arguments: Compression.allCases, [1, 17, 100_000])
    func roundTrip(_ compression: Compression, piece: Int) throws {
        let text = sampleText(bytes: 30_000)
        let compressed = try compress([text], compression, piece: piece, room: 64)
        #expect(try decompress(compressed, compression, piece: piece, room: 64) == text)
        #expect(compression == .none || compressed.count < text.count / 2)
    }

    @Test("Members and frames one after the other are one text, an empty one too", arguments: real)
    func members(_ compression: Compression) throws {
        let parts = [sampleText(bytes: 5000), [], sampleText(bytes: 1, seed: 2), sampleText(bytes: 9000, seed: 3)]
        let compressed = try compress(parts, compression)
        #expect(try decompress(compressed, compression, piece: 1) == Array(parts.joined()))
    }

    @Test("Python reads our gzip and we read Python's, several members and zero padding included")
    func pythonGzip() throws {
        let text = sampleText(bytes: 200_000)
        let ours = try compress([Array(text[..<90_000]), Array(text[90_000...])], .gzip)
        let unpack = "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"
        #expect(try python(unpack, input: ours) == text)
        let pack = """
            import gzip,sys; t=sys.stdin.buffer.read()
            sys.stdout.buffer.write(gzip.compress(t[:1000])+gzip.compress(t[1000:])+bytes(512))
            """
        #expect(try decompress(python(pack, input: text), .gzip, piece: 4096) == text)
    }

    @Test("A stream that is cut off is an error that names the compressed byte", arguments: real, [1, 500])
    func truncated(_ compression: Compression, missing: Int) throws {
        let compressed = Array(try compress([sampleText(bytes: 50_000)], compression).dropLast(missing))
        let error = #expect(throws: CodecError.self) { try decompress(compressed, compression) }
        #expect(error?.kind == .truncated)
        #expect(error?.message.contains("(compressed byte \(compressed.count))") == true)
    }

    @Test("Every cut of a stream is truncated, never accepted and never a trap", arguments: real)
    func everyCut(_ compression: Compression) throws {
        let compressed = try compress([sampleText(bytes: 300)], compression)
        for count in 1..<compressed.count {
            #expect(throws: CodecError.self) { try decompress(Array(compressed[..<count]), compression) }
        }
        #expect(try decompress([], compression) == [])
    }

    @Test("A damaged byte is an error at or before the end, not other text", arguments: real)
    func damaged(_ compression: Compression) throws {
        var compressed = try compress([sampleText(bytes: 20_000)], compression)
        compressed[compressed.count / 2] ^= 0xFF
        #expect(throws: CodecError.self) { try decompress(compressed, compression) }
    }

    @Test("Other bytes behind the last gzip member are an error that names their place")
    func trailingBytes() throws {
        let compressed = try compress([sampleText(bytes: 100)], .gzip)
        let error = #expect(throws: CodecError.self) { try decompress(compressed + [0, 0, 0x41], .gzip, piece: 7) }
        #expect(error?.kind == .corrupt)
        #expect(error?.compressedOffset == Int64(compressed.count + 2))
    }

    @Test("A zstd window above the limit is refused before memory is taken for it")
    func largeWindow() throws {
        // RFC 8878 section 3.1.1: magic, descriptor without single segment, window exponent 31 - 10 = 21.
        let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0x01, 0x00, 0x00]
        let error = #expect(throws: CodecError.self) { try decompress(header, .zstd) }
        #expect(error?.kind == .windowTooLarge)
    }

    @Test("Streams are recognised by their first bytes", arguments: real)
    func magic(_ compression: Compression) throws {
        let compressed = try compress([[1, 2, 3]], compression)
        #expect(unsafe compressed.withUnsafeBytes { unsafe Compression(magic: $0) } == compression)
        for other in [[], [0x1F], Array("{\"a\"".utf8)] as [[UInt8]] {
            #expect(unsafe other.withUnsafeBytes { unsafe Compression(magic: $0) } == .none)
        }
    }

    @Test(
        "A level outside the range is refused in a sentence",
        arguments: [(Compression.gzip, 0), (.gzip, 10), (.zstd, 23)])
    func level(_ compression: Compression, _ level: Int) {
        let error = #expect(throws: CodecError.self) { _ = try Compressor(compression, level: level) }
        #expect(error?.message.contains("level \(level) is not one of 1...") == true)
    }

    @Test("A higher level makes smaller output", arguments: real)
    func levels(_ compression: Compression) throws {
        let text = sampleText(bytes: 200_000)
        let fast = try compress([text], compression, level: 1)
        let small = try compress([text], compression, level: 9)
        #expect(small.count < fast.count)
        #expect(try decompress(small, compression) == text)
    }
}
