import ConnectorKit
import Formats

/// One file, whatever its names: who it is, and how far it was read. Its place belongs to one content; a file that is
/// written anew has another ``Content``.
final class TrackedFile {
    /// How far one content of a file was read, and what tells it from another one.
    struct Content {
        var place = FrameReader.Place()
        /// The place in the file itself, which is another where the text was decoded.
        var disk: Int64 = 0
        /// Of its first bytes; nil while nothing of it was read.
        var head: Fingerprint?
        /// Of the last bytes before the place; nil when that is not known.
        var tail: Fingerprint?
        /// When something was read of it last, in milliseconds since 1970; 0 when that is not known.
        var time: Int64 = 0
    }

    /// What is to be done with it.
    enum State {
        /// Nothing was read: it may be the copy of another.
        case new
        /// Waits for what becomes of the file that it may be a copy of; since when, and its size then.
        case held(since: Duration, size: Int64)
        /// Is read as far as it goes.
        case reading
        /// Nothing more is read.
        case ended
    }

    /// nil while it is not known, for a position of a former version.
    private(set) var device: UInt64?
    let inode: UInt64
    /// The name it was seen under last.
    var path: String
    /// Names its position: the name and the number that it was first seen with.
    private(set) var partition: PositionFields
    var content = Content()
    var state = State.new
    var reading: FileReading?

    /// The number of the last look at which it had one of the names that are read, and of the first.
    var look = 0
    var firstLook = 0
    /// Whether it is begun at its end.
    var startsAtEnd = false
    var size: Int64 = -1
    var modified: Int64 = 0
    var isWatchable = false
    var isQueued = false
    /// Whether its content is known to be the one that was read.
    var isVerified = false
    /// Whether it waits for what is to be read before it.
    var isPostponed = false
    /// When it lost its name, to another file or at all: its writer may go on for some time.
    var lostName: Duration?
    /// Whether it has none of the names that are read.
    var isNamed = true
    /// When the last bytes of it were read.
    var lastBytes = Duration.zero
    /// When it was used last, for closing the files that rest the longest.
    var lastUse = 0
    /// Bytes of it that are counted as done.
    var countedBytes: Int64 = 0
    var columns: CSVColumns?
    /// Whether a copy of it is read on.
    var wasCopied = false
    /// Why it could not be read last.
    var fault: String?
    /// What was said of it once.
    var said: Set<String> = []

    init(_ found: FoundFile) {
        path = found.path
        (device, inode) = (found.status.identity.device, found.status.identity.inode)
        partition = Self.partition(found.path, found.status.identity.inode)
    }

    /// A pipe, of which nothing can be read again.
    init(stream path: String) {
        self.path = path
        (device, inode, partition) = (nil, 0, ["stream": .string(path)])
        state = .reading
    }

    /// What a position says; nil when it is none of a file.
    init?(_ position: Position) {
        guard let name = position.partition["file"]?.string, let place = FrameReader.Place(position.offset) else {
            return nil
        }
        let offset = position.offset
        guard let inode = (position.partition["inode"] ?? offset["inode"])?.int else { return nil }
        partition = position.partition
        path = offset["path"]?.string ?? name
        self.inode = UInt64(bitPattern: inode)
        device = (offset["device"]?.int).map(UInt64.init(bitPattern:))
        state = .reading
        content = Content(
            place: place, disk: offset["raw"]?.int ?? place.bytes,
            head: (offset["head"] ?? offset["fingerprint"])?.string.flatMap { Fingerprint($0) },
            tail: offset["tail"]?.string.flatMap { Fingerprint($0) }, time: offset["time"]?.int ?? 0)
    }

    /// What was read of a file before it was written anew, to be found again in a copy.
    init(formerly file: TrackedFile) {
        (device, inode, path, partition) = (file.device, file.inode, file.path, file.partition)
        (content, isNamed, state) = (file.content, false, .ended)
    }

    private static func partition(_ path: String, _ inode: UInt64) -> PositionFields {
        ["file": .string(path), "inode": .int(Int64(bitPattern: inode))]
    }

    /// Whether a position that says no device, or that of another boot, may be of a file found at a path.
    func mayBe(_ found: FoundFile) -> Bool {
        if device == found.status.identity.device { return true }
        if path.utf8.elementsEqual(found.path.utf8) { return true }
        return device == nil && sharesFolder(with: found.path)
    }

    /// Whether a position names the file by another path than it was seen under last.
    var isRenamed: Bool { partition["file"]?.string?.utf8.elementsEqual(path.utf8) != true }

    /// A number that was given to another file belongs to that one's name from now on; false when the name is the same.
    func takesOtherPosition() -> Bool {
        guard isRenamed else { return false }
        partition = Self.partition(path, inode)
        return true
    }

    /// The device is as the system numbers it now.
    func isFound(as identity: OpenFile.Identity) { device = identity.device }

    func sharesFolder(with other: String) -> Bool {
        FileSystem.parent(of: path).utf8.elementsEqual(FileSystem.parent(of: other).utf8)
    }

    var identity: OpenFile.Identity { OpenFile.Identity(device: device ?? 0, inode: inode) }

    var position: Position {
        var offset: [String: PositionValue] = [
            "bytes": .int(content.place.bytes), "lines": .int(Int64(content.place.lines)), "time": .int(content.time),
        ]
        if content.place.json != .start { offset["json"] = .string(content.place.json.rawValue) }
        if content.disk != content.place.bytes { offset["raw"] = .int(content.disk) }
        if let device { offset["device"] = .int(Int64(bitPattern: device)) }
        if partition["inode"] == nil { offset["inode"] = .int(Int64(bitPattern: inode)) }
        if let head = content.head { offset["head"] = .string(head.text) }
        if let tail = content.tail { offset["tail"] = .string(tail.text) }
        if isRenamed { offset["path"] = .string(path) }
        return Position(partition: partition, offset: PositionFields(offset))
    }

    /// Takes it out of the store.
    var forgotten: Position { Position(partition: partition, offset: [:]) }
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
