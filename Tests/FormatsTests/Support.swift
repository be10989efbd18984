import Foundation
import Testing

@testable import Formats

/// The same bytes for the same seed; compressible, as text is.
func sampleText(bytes count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    var text: [UInt8] = []
    text.reserveCapacity(count + 64)
    while text.count < count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += Array("line \(state >> 40) of \(text.count)\n".utf8)
    }
    return Array(text.prefix(count))
}

/// Runs python3 on `script` with `input` and returns what it printed.
func python(_ script: String, input: [UInt8] = []) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (to, from) = (Pipe(), Pipe())
    process.standardInput = to
    process.standardOutput = from
    try process.run()
    let writer = Thread {
        to.fileHandleForWriting.write(Data(input))
        try? to.fileHandleForWriting.close()
    }
    writer.start()
    let output = try from.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return Array(output)
}

/// Decompresses in pieces of `piece` bytes through an output of `room` bytes.
func decompress(
    _ compressed: [UInt8], _ compression: Compression, piece: Int = 1000, room: Int = 700
) throws -> [UInt8] {
    var decompressor = try Decompressor(compression)
    var (text, at) = ([UInt8](), 0)
    var output = [UInt8](repeating: 0, count: room)
    while true {
        let input = compressed[at..<min(at + piece, compressed.count)]
        let step = try unsafe input.withUnsafeBytes { from in
            try unsafe output.withUnsafeMutableBytes { try unsafe decompressor.decompress(from, into: $0) }
        }
        at += step.consumed
        text += output[..<step.produced]
        if step.consumed == 0 && step.produced == 0 && at == compressed.count { break }
    }
    try decompressor.finish()
    #expect(decompressor.compressedByteCount == Int64(compressed.count))
    return text
}

/// Compresses each part into a member or frame of its own, in pieces of `piece` bytes through an output of `room` bytes.
func compress(
    _ parts: [[UInt8]], _ compression: Compression, level: Int? = nil, piece: Int = 1000, room: Int = 300
) throws -> [UInt8] {
    let compressor = try Compressor(compression, level: level)
    var compressed: [UInt8] = []
    var output = [UInt8](repeating: 0, count: room)
    for part in parts {
        var at = 0
        while true {
            let end = min(at + piece, part.count)
            let ending = end == part.count ? Compressor.Ending.complete : .open
            let step = try unsafe part[at..<end].withUnsafeBytes { from in
                try unsafe output.withUnsafeMutableBytes {
                    try unsafe compressor.compress(from, into: $0, ending: ending)
                }
            }
            at += step.consumed
            compressed += output[..<step.produced]
            if step.isComplete && ending == .complete { break }
        }
    }
    return compressed
}

/// A frame as text, or what was said of one that is too large.
enum Found: Equatable {
    case frame(String, line: Int)
    case oversized(startBytes: Int, byteCount: Int64, line: Int)
}

/// Shows `text` to a splitter in pieces of `piece` bytes, as a source does: what is not used is kept and shown again.
func frames(_ text: [UInt8], _ splitter: inout some Splitter, piece: Int) -> [Found] {
    var (found, kept, shown) = ([Found](), [UInt8](), 0)
    while true {
        let end = min(shown + piece, text.count)
        kept += text[shown..<end]
        shown = end
        let keepFrom = unsafe kept.withUnsafeBytes { bytes in
            unsafe collect(bytes, &splitter, atEnd: shown == text.count, into: &found)
        }
        kept.removeFirst(keepFrom)
        if shown == text.count { return found }
    }
}

private func collect(
    _ bytes: UnsafeRawBufferPointer, _ splitter: inout some Splitter, atEnd: Bool, into found: inout [Found]
) -> Int {
    var at = 0
    while true {
        switch unsafe splitter.next(in: bytes, from: at, atEnd: atEnd) {
        case .frame(let content, let line, let next):
            unsafe found.append(.frame(String(decoding: bytes[content], as: UTF8.self), line: line))
            at = next
        case .oversized(let frame, let line, let next):
            found.append(.oversized(startBytes: frame.start.count, byteCount: frame.byteCount, line: line))
            at = next
        case .more(let keepFrom): return keepFrom
        }
    }
}
