import Glibc

/// A name in a folder, and what the folder itself says of it.
public struct FolderEntry: Sendable, Hashable {
    /// What the folder says the name stands for.
    public enum Kind: Sendable {
        /// A regular file.
        case regular
        /// A folder.
        case directory
        /// A symbolic link.
        case link
        /// A pipe, socket or device.
        case special
        /// Not said; ask for the status.
        case unknown
    }

    /// The name.
    public let name: String
    /// The number of the file on the folder's device.
    public let inode: UInt64
    /// What it is.
    public let kind: Kind
}

extension FileSystem {
    /// What a folder holds, sorted by the bytes of the names, without `.` and `..`.
    /// - Returns: The entries, and how many names were left out since they are not UTF-8.
    public static func entries(of folder: String) throws(FileFailure) -> (entries: [FolderEntry], unreadable: Int) {
        guard let stream = unsafe opendir(folder) else { throw FileFailure("read directory", folder, errno: errno) }
        defer { unsafe closedir(stream) }
        var (entries, unreadable) = ([FolderEntry](), 0)
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: name.prefix { $0 != 0 })
                return unsafe String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self)
            }
            guard let name else {
                unreadable += 1
                continue
            }
            if name == "." || name == ".." { continue }
            let kind = unsafe FolderEntry.Kind(entry.pointee.d_type)
            entries.append(unsafe FolderEntry(name: name, inode: UInt64(entry.pointee.d_ino), kind: kind))
        }
        if errno != 0 { throw FileFailure("read directory", folder, errno: errno) }
        entries.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return (entries, unreadable)
    }
}

extension FolderEntry.Kind {
    init(_ type: UInt8) {
        switch Int(type) {
        case Int(DT_REG): self = .regular
        case Int(DT_DIR): self = .directory
        case Int(DT_LNK): self = .link
        case Int(DT_UNKNOWN): self = .unknown
        default: self = .special
        }
    }
}
