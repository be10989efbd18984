import Formats
import Glibc

/// The text of one file, decompressed on the way when its first bytes say so.
struct FileInput: ~Copyable {
    private static let compressedPiece = 64 << 10

    let file: OpenFile
    let compression: Compression
    /// Bytes of text given out or passed over.
    private(set) var textBytes: Int64 = 0
    private var decompressor: Decompressor
    private var compressed: Bytes
    private var waiting = 0..<0
    private var failure: CodecError?

    init(path: String) throws(FileFailure) {
        let file = try OpenFile(reading: path)
        let compression = try Self.compression(of: file)
        decompressor = try Self.decompressor(compression, path)
        compressed = Bytes(count: compression == .none ? 0 : Self.compressedPiece)
        self.compression = compression
        self.file = file
    }

    private static func compression(of file: borrowing OpenFile) throws(FileFailure) -> Compression {
        let magic = Bytes(count: Compression.magicBytes)
        let count = try unsafe file.read(into: magic.all, at: 0)
        return unsafe Compression(magic: UnsafeRawBufferPointer(rebasing: magic.all[..<count]))
    }

    private static func decompressor(_ compression: Compression, _ path: String) throws(FileFailure) -> Decompressor {
        do throws(CodecError) {
            return try Decompressor(compression)
        } catch {
            throw FileFailure("decompress", path, errno: ENOMEM)
        }
    }

    /// Bytes of the file that are used.
    var diskBytes: Int64 { compression == .none ? textBytes : decompressor.compressedByteCount }

    /// Reads more text; 0 at the end of the file.
    /// - Throws: ``FileFailure``, or ``CodecError`` when the compressed data is damaged or cut off.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = compression == .none ? try unsafe file.read(into: buffer) : try unsafe decompress(into: buffer)
        textBytes += Int64(count)
        return count
    }

    /// Goes to a place in the text; in compressed text only forward, a slice of the way at each call.
    /// - Returns: Whether it is there, or the text ends before it.
    mutating func advance(to place: Int64, scratch: UnsafeMutableRawBufferPointer) throws -> Bool {
        if compression == .none {
            try file.seek(to: place)
            textBytes = place
            return true
        }
        let room = Int(min(Int64(scratch.count), place - textBytes))
        if room <= 0 { return true }
        return try unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: scratch[..<room])) == 0
            || textBytes == place
    }

    /// Fills `buffer` as far as the file reaches; an error behind some text comes with the next call.
    private mutating func decompress(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let failure { throw failure }
        var filled = 0
        while filled < buffer.count {
            let isAtEnd = waiting.isEmpty ? try !refill() : false
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            do throws(CodecError) {
                let count = try unsafe decompressStep(into: room)
                if isAtEnd && count == 0 {
                    try decompressor.finish()
                    break
                }
                filled += count
            } catch {
                failure = error
                if filled == 0 { throw error }
                break
            }
        }
        return filled
    }

    private mutating func refill() throws(FileFailure) -> Bool {
        let count = try unsafe file.read(into: compressed.all)
        waiting = 0..<count
        return count > 0
    }

    private mutating func decompressStep(into buffer: UnsafeMutableRawBufferPointer) throws(CodecError) -> Int {
        let input = unsafe UnsafeRawBufferPointer(rebasing: compressed.all[waiting])
        let step = try unsafe decompressor.decompress(input, into: buffer)
        waiting = waiting.lowerBound + step.consumed..<waiting.upperBound
        return step.produced
    }
}
