import Formats

/// What folders hold, by the files' numbers: each folder is read once for a look.
struct FolderIndex {
    private var folders: [ByteName: [UInt64: String]] = [:]
    private var number = -1

    mutating func entries(of folder: String, at look: Int) -> [UInt64: String] {
        if look != number { (folders, number) = ([:], look) }
        if let known = folders[ByteName(folder)] { return known }
        let entries = (try? FileSystem.entries(of: folder).entries) ?? []
        let index = Dictionary(entries.map { ($0.inode, $0.name) }, uniquingKeysWith: { first, _ in first })
        folders[ByteName(folder)] = index
        return index
    }
}
