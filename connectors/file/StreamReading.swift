import ConnectorKit
import Formats
import Glibc

/// A named pipe, or the standard input: what was read of it is gone, so that its position only counts.
final class StreamReading {
    /// How the settings name the standard input.
    static let standardInput = "-"

    private let reading: FileReading
    private let follows: Bool
    private(set) var isAtEnd = false

    init(_ path: String, _ config: SourceConfig) throws(ConnectorError) {
        follows = config.follow
        let file = TrackedFile(stream: path)
        do {
            let opened =
                try path == Self.standardInput
                ? OpenFile(duplicating: 0, path: "the standard input")
                : OpenFile(readingWithoutWait: path, keepsOpen: config.follow)
            reading = try FileReading(
                file, FileInput(opened, .none, encoding: config.encoding), config, columns: CSVColumns(config.columns))
        } catch let failure as FileFailure {
            throw failure.connectorError
        } catch let error as ConnectorError {
            throw error
        } catch {
            throw .fatal("\(path): \(error)")
        }
    }

    /// Appends what is there.
    /// - Parameter wait: How long to wait for it.
    /// - Returns: Whether something was there.
    func read(_ batch: inout RecordBatch, _ maker: inout RecordMaker, wait: Duration) throws -> Bool {
        let reader = reading.reader
        guard !isAtEnd, reader.mayHoldFrames || reader.input.file.canBeRead(within: Int32(wait.milliseconds)) else {
            return false
        }
        do {
            let ended = try maker.read(reading, endsHere: !follows, into: &batch)
            isAtEnd = ended && !follows
        } catch let failure as FileFailure where failure.errno == EAGAIN {
            return false
        } catch let fault as FileFault {
            isAtEnd = true
            try unsafe fault.source.withUnsafeBytes {
                try unsafe batch.appendRejected($0, .rejected(fault.message(reading.path)))
            }
        }
        if batch.count > 0 {
            batch.mark(
                Position(partition: ["stream": .string(reading.path)], offset: ["bytes": .int(reader.place.bytes)]))
        }
        return true
    }
}
