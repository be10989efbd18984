import Formats
import Glibc

/// The text of one file: decompressed when its first bytes say so, and turned into UTF-8 when a character set is given.
struct FileInput: ~Copyable {
    private static let pieceBytes = 64 << 10

    let file: OpenFile
    let compression: Compression
    /// Bytes of text given out or passed over.
    private(set) var textBytes: Int64 = 0
    private var decompressor: Decompressor
    private var compressed: Bytes
    private var waiting = 0..<0
    private var failure: CodecError?
    private let transcoder: Transcoder?
    private var undecoded: [UInt8] = []
    private var encoded = Bytes(count: 0)
    private var trail = RawTrail()

    /// - Parameter encoding: The character set; nil for UTF-8.
    init(_ file: consuming OpenFile, _ compression: Compression, encoding: String? = nil) throws {
        let transcoder: Transcoder? = if let encoding { try Self.transcoder(encoding, file) } else { nil }
        let decompressor = try Self.decompressor(compression, file.path)
        self.decompressor = decompressor
        self.transcoder = transcoder
        compressed = Bytes(count: compression == .none ? 0 : Self.pieceBytes)
        self.compression = compression
        self.file = file
    }

    private static func decompressor(_ compression: Compression, _ path: String) throws(FileFailure) -> Decompressor {
        do throws(CodecError) {
            return try Decompressor(compression)
        } catch {
            throw FileFailure("decompress", path, errno: ENOMEM)
        }
    }

    /// Reading may begin amid the text, so the order of bytes that a mark at the beginning tells is asked for by name.
    private static func transcoder(_ encoding: String, _ file: borrowing OpenFile) throws -> Transcoder? {
        let names = ["UTF-16": "UTF-16", "UTF16": "UTF-16", "UCS-2": "UTF-16", "UTF-32": "UTF-32", "UTF32": "UTF-32"]
        guard let name = names[encoding.uppercased()] else { return Transcoder(from: encoding) }
        let mark = Bytes(count: 4)
        let count = (try? unsafe file.read(into: mark.all, at: 0)) ?? 0
        let big: [UInt8] = name == "UTF-16" ? [0xFE, 0xFF] : [0x00, 0x00, 0xFE, 0xFF]
        return Transcoder(from: name + (unsafe mark.all[..<count].starts(with: big) ? "BE" : "LE"))
    }

    /// Bytes of the file that are used.
    var diskBytes: Int64 {
        if compression != .none { return decompressor.compressedByteCount }
        return transcoder == nil ? textBytes : trail.readBytes
    }

    /// Bytes of the file itself up to a place in the text that is not before the last one asked for; of compressed text
    /// some place before which all is used.
    mutating func diskPlace(of text: Int64) -> Int64 {
        if compression != .none { return decompressor.compressedByteCount }
        guard let transcoder else { return text }
        return trail.place(of: text, transcoder)
    }

    /// Whether a gzip member or zstd frame has begun and not ended.
    var isInsideMember: Bool { (try? decompressor.finish()) == nil }

    /// Reads more text; 0 at the end of the file as it is now.
    /// - Parameter endsHere: Whether the file ends there for good.
    /// - Throws: ``FileFailure``, or ``CodecError`` when the compressed data is damaged or cut off.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer, endsHere: Bool) throws -> Int {
        let count: Int
        if let transcoder {
            count = try unsafe decode(into: buffer, with: transcoder, endsHere: endsHere)
        } else {
            count = try unsafe readPlain(into: buffer, endsHere: endsHere)
        }
        textBytes += Int64(count)
        return count
    }

    private mutating func readPlain(into buffer: UnsafeMutableRawBufferPointer, endsHere: Bool) throws -> Int {
        compression == .none
            ? try unsafe file.read(into: buffer) : try unsafe decompress(into: buffer, endsHere: endsHere)
    }

    /// Goes to a place in the text; in compressed text only forward, a slice of the way at each call.
    /// - Parameter disk: The same place in the file itself.
    /// - Returns: Whether it is there, or the text ends before it.
    mutating func advance(to place: Int64, disk: Int64, scratch: UnsafeMutableRawBufferPointer) throws -> Bool {
        if compression == .none {
            try file.seek(to: disk)
            textBytes = place
            trail = RawTrail(text: place, disk: disk)
            return true
        }
        let room = Int(min(Int64(scratch.count), place - textBytes))
        if room <= 0 { return true }
        let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[..<room])
        return try unsafe read(into: piece, endsHere: false) == 0 || textBytes == place
    }

    /// A character that is cut off by the end of a piece waits for the next; one that the file cuts off is none.
    private mutating func decode(
        into buffer: UnsafeMutableRawBufferPointer, with transcoder: Transcoder, endsHere: Bool
    ) throws -> Int {
        // A byte of any character set becomes at most three.
        encoded.reserve(max(16, buffer.count / 3))
        while true {
            let (kept, all) = unsafe (undecoded.count, encoded.all)
            unsafe undecoded.withUnsafeBytes { unsafe all.copyMemory(from: $0) }
            let count = try unsafe readPlain(
                into: UnsafeMutableRawBufferPointer(rebasing: all[kept..<(max(16, buffer.count / 3))]),
                endsHere: endsHere)
            if compression == .none { unsafe trail.add(all[kept..<(kept + count)]) }
            if count == 0 { return endsHere ? unsafe endDecoding(into: buffer) : 0 }
            let text = unsafe UnsafeRawBufferPointer(rebasing: all[..<(kept + count)])
            let (used, made) = unsafe transcoder.convert(text, into: buffer)
            undecoded = unsafe Array(text[used...])
            if made > 0 { return made }
        }
    }

    private mutating func endDecoding(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        for index in undecoded.indices { unsafe buffer[index] = Transcoder.invalid }
        defer { undecoded = [] }
        return undecoded.count
    }

    /// Fills `buffer` as far as the file reaches; an error behind some text comes with the next call.
    private mutating func decompress(into buffer: UnsafeMutableRawBufferPointer, endsHere: Bool) throws -> Int {
        if let failure { throw failure }
        var filled = 0
        while filled < buffer.count {
            let isAtEnd = waiting.isEmpty ? try !refill() : false
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            do throws(CodecError) {
                let count = try unsafe decompressStep(into: room)
                if isAtEnd && count == 0 {
                    if endsHere { try decompressor.finish() }
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

/// The bytes of a file in another character set since some place, to say where a place in the text is in the file.
struct RawTrail {
    private var text: Int64 = 0
    private var disk: Int64 = 0
    private var bytes: [UInt8] = []

    /// Begins at a place.
    init(text: Int64 = 0, disk: Int64 = 0) {
        self.text = text
        self.disk = disk
    }

    /// Bytes of the file that were read.
    var readBytes: Int64 { disk + Int64(bytes.count) }

    mutating func add(_ read: some Collection<UInt8>) { bytes.append(contentsOf: read) }

    /// Goes on to a place in the text, and says where that is in the file.
    mutating func place(of place: Int64, _ transcoder: Transcoder) -> Int64 {
        guard place > text else { return disk }
        let room = Bytes(count: Int(place - text))
        let (used, made) = unsafe bytes.withUnsafeBytes { bytes in
            unsafe transcoder.convert(
                bytes, into: UnsafeMutableRawBufferPointer(rebasing: room.all[..<Int(place - text)]))
        }
        bytes.removeFirst(used)
        (text, disk) = (text + Int64(made), disk + Int64(used))
        return disk
    }
}
