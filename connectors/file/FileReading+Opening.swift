import ConnectorKit
import Formats

extension FileReading {
    /// Opens what has the name, and goes on where `offset` says if it is still the same file.
    func open(at offset: PositionFields?) throws {
        let input = try FileInput(path: path)
        guard let offset, let place = FrameReader.Place(offset) else {
            return try adopt(input, at: FrameReader.Place())
        }
        if try isSameFile(input, as: offset, place) { return try adopt(input, at: place) }
        if config.follow, let old = try rotated(offset, place) {
            log.info("The file was replaced since it was last read: the rest of the old one is read first")
            isReplaced = true
            return try adopt(old, at: place)
        }
        log.warning("The file was replaced since it was last read: it is read from its beginning")
        try adopt(input, at: FrameReader.Place())
    }

    /// A copy or a restored backup is the same file, unless names are followed: there another number is another file.
    private func isSameFile(
        _ input: borrowing FileInput, as offset: PositionFields, _ place: FrameReader.Place
    ) throws(FileFailure) -> Bool {
        let status = try input.file.status()
        if input.compression == .none && status.size < place.bytes { return false }
        if config.follow && offset["inode"]?.int != Int64(bitPattern: status.identity.inode) { return false }
        return try Fingerprint.matches(offset["fingerprint"]?.string ?? "", input.file)
    }

    /// The file last read, under the name that rotation gave it in the same directory.
    private func rotated(_ offset: PositionFields, _ place: FrameReader.Place) throws(FileFailure) -> FileInput? {
        guard let inode = offset["inode"]?.int else { return nil }
        let directory = FileSystem.parent(of: path)
        for name in try FileSystem.names(in: directory) {
            let candidate = "\(directory)/\(name)"
            guard let status = try? FileSystem.status(of: candidate), status.isRegular,
                Int64(bitPattern: status.identity.inode) == inode
            else { continue }
            let input = try FileInput(path: candidate)
            guard try isSameFile(input, as: offset, place) else { return nil }
            return input
        }
        return nil
    }

    private func adopt(_ input: consuming FileInput, at place: FrameReader.Place) throws {
        identity = try input.file.status().identity
        let splitter = FrameSplitter(
            format, delimiter: config.delimiter(of: path), maximumBytes: config.maximumLineBytes, place: place)
        columns = CSVColumns(config.columns)
        if format == .csv && columns.names.isEmpty && place.bytes > 0 {
            columns = try CSVColumns.header(of: input.file.path, config)
        }
        reader = FrameReader(input, splitter: splitter, place: place, joinsLines: format == .ndjson)
    }
}

extension FrameReader.Place {
    /// Reads the offset of a position; nil when it is none of this connector's.
    init?(_ offset: PositionFields) {
        guard let bytes = offset["bytes"]?.int, bytes >= 0, let lines = offset["lines"]?.int, lines >= 0 else {
            return nil
        }
        self.init(bytes: bytes, lines: Int(lines), json: .start)
        if let name = offset["json"]?.string, let json = FrameReader.JSONPlace(rawValue: name) { self.json = json }
    }
}
