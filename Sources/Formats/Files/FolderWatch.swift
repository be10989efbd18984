internal import CSystem
import Glibc

/// Hears from the system what changes in folders (inotify); sole owner of one descriptor. Not for two threads at once.
public struct FolderWatch: ~Copyable {
    /// What happened in the watched folders since they were asked last.
    public struct Changes: Sendable {
        /// Files whose content changed: the folder as it was given, and the name in it.
        public internal(set) var written: [(folder: String, name: String)] = []
        /// Whether names came, went or changed their rights, or something may have been missed.
        public internal(set) var mustLook = false
    }

    private static let events =
        IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF
        | IN_MOVE_SELF

    private let descriptor: Int32
    private var folders: [Int32: String] = [:]
    private var numbers: [String: (number: Int32, identity: OpenFile.Identity)] = [:]

    /// - Throws: When the system gives no more of them (`fs.inotify.max_user_instances`).
    public init() throws(FileFailure) {
        descriptor = try FileSystem.checked("watch", "folders") {
            inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        }
    }

    deinit { close(descriptor) }

    /// How many folders are watched.
    public var count: Int { folders.count }

    /// Watches a folder, anew when another one has its name; false when the system does not tell all that changes in it.
    public mutating func watch(_ folder: String) -> Bool {
        guard let identity = (try? FileSystem.status(of: folder))?.identity else { return false }
        if numbers[folder]?.identity == identity { return true }
        forget(folder)
        guard unsafe sluice_tells_changes(folder) == 1 else { return false }
        let number = unsafe inotify_add_watch(descriptor, folder, UInt32(Self.events) | UInt32(IN_ONLYDIR))
        // A folder that has a watch by another name keeps that one, and events come under one name only.
        guard number >= 0, folders[number] == nil else { return false }
        folders[number] = folder
        numbers[folder] = (number, identity)
        return true
    }

    private mutating func forget(_ folder: String) {
        guard let number = numbers.removeValue(forKey: folder)?.number else { return }
        folders[number] = nil
        inotify_rm_watch(descriptor, number)
    }

    /// What changed since the last call; does not wait.
    public mutating func changes() -> Changes {
        var changes = Changes()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return changes }
            unsafe take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), &changes)
        }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer, _ changes: inout Changes) {
        let header = MemoryLayout<inotify_event>.size
        var at = 0
        while at + header <= bytes.count {
            let event = unsafe bytes.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
            let name = unsafe bytes[(at + header)..<(at + header + Int(event.len))].prefix { $0 != 0 }
            at += header + Int(event.len)
            let isWrite = event.mask & UInt32(IN_MODIFY | IN_CLOSE_WRITE) != 0
            guard isWrite, let folder = folders[event.wd] else {
                changes.mustLook = true
                if event.mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF) != 0 { ended(event.wd) }
                continue
            }
            let text = unsafe String(decoding: name, as: UTF8.self)
            // Writers write again and again between two looks.
            if let last = changes.written.last, last.name == text && last.folder == folder { continue }
            changes.written.append((folder, text))
        }
    }

    private mutating func ended(_ number: Int32) {
        if let folder = folders.removeValue(forKey: number) { numbers[folder] = nil }
        inotify_rm_watch(descriptor, number)
    }
}
