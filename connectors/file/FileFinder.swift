import ConnectorKit
import Formats
import Glibc

/// A file that the settings name, as it stood when they were last looked through.
struct FoundFile {
    let path: String
    let status: OpenFile.Status
    /// Whether its folder's watch hears of every change: not behind a symbolic link, nor where it has other names too.
    let isWatchable: Bool
}

/// What one look at the file system found.
struct Listing {
    /// Each file once, whatever its names, in the order of the settings and then of the names' bytes.
    var files: [FoundFile] = []
    /// Named pipes, and the standard input, that the settings name one by one.
    var streams: [String] = []
    /// What the settings name and cannot be read, and why.
    var faults: [(path: String, why: String)] = []
    /// Names that nothing has, of settings that are no patterns.
    var missing: [String] = []
    /// Folders that were looked into.
    var folders: [String] = []
    /// Patterns that found nothing at all.
    var empty: [String] = []
    fileprivate var seen: Set<OpenFile.Identity> = []
}

/// Looks for the files that `path` and `exclude` name. One thing that cannot be looked at never hides the others.
struct FileFinder {
    private let entries: [Entry]
    private let excluded: [PathPattern]

    /// One element of the `path` setting.
    private struct Entry {
        let path: String
        let patterns: [PathPattern]
        var isName: Bool { patterns.count == 1 && patterns[0].isName }
    }

    init(paths: [String], exclude: [String] = []) {
        entries = paths.map { path in
            if path == StreamReading.standardInput { return Entry(path: path, patterns: [PathPattern("/-")]) }
            let path = Self.absolute(path)
            return Entry(path: path, patterns: PathPattern.alternatives(of: path).map(PathPattern.init))
        }
        excluded = exclude.flatMap { path in
            // A pattern without a slash is of names, in whatever folder.
            PathPattern.alternatives(of: path.utf8.contains(UInt8(ascii: "/")) ? Self.absolute(path) : "/**/" + path)
                .map(PathPattern.init)
        }
    }

    /// Whether the settings name a path by itself.
    func names(_ path: String) -> Bool {
        entries.contains { $0.isName && $0.path.utf8.elementsEqual(path.utf8) }
    }

    /// - Parameter visit: Is called with each folder before it is looked into.
    func look(visit: (String) -> Void = { _ in }) -> Listing {
        var listing = Listing()
        for entry in entries { look(for: entry, visit, &listing) }
        return listing
    }

    private func look(for entry: Entry, _ visit: (String) -> Void, _ listing: inout Listing) {
        if entry.path == StreamReading.standardInput { return listing.streams.append(entry.path) }
        let found = listing.files.count + listing.faults.count
        do throws(FileFailure) {
            let status = try FileSystem.status(of: entry.path)
            if status.isDirectory {
                take(folder: entry.path, visit, &listing)
            } else {
                if entry.isName { visit(FileSystem.parent(of: entry.path)) }
                if status.kind == .pipe { return listing.streams.append(entry.path) }
                add(entry.path, status, isLink: Self.isLink(entry.path), &listing)
            }
        } catch {
            if entry.isName {
                visit(FileSystem.parent(of: entry.path))
                if error.errno == ENOENT { listing.missing.append(entry.path) } else { listing.fault(error) }
                return
            }
            for pattern in entry.patterns { walk("", pattern.parts[...], visit, &listing) }
            if listing.files.count + listing.faults.count == found { listing.empty.append(entry.path) }
        }
    }

    /// Every file of a folder that is not hidden.
    private func take(folder: String, _ visit: (String) -> Void, _ listing: inout Listing) {
        let folder = folder.utf8.last == UInt8(ascii: "/") ? String(folder.dropLast()) : folder
        walk(folder, [.pattern("*")], visit, &listing, onlyFiles: true)
    }

    private func walk(
        _ folder: String, _ parts: ArraySlice<PathPattern.Part>, _ visit: (String) -> Void, _ listing: inout Listing,
        onlyFiles: Bool = false
    ) {
        guard let part = parts.first else { return }
        let rest = parts.dropFirst()
        if case .name(let name) = part {
            let path = "\(folder)/\(name)"
            if !rest.isEmpty { return walk(path, rest, visit, &listing) }
            visit(folder)
            return take(path, isLink: Self.isLink(path), &listing)
        }
        for entry in entries(of: folder, visit, &listing) {
            let path = "\(folder)/\(entry.name)"
            if part == .anyFolders {
                if entry.kind == .directory && entry.name.utf8.first != UInt8(ascii: ".") {
                    walk(path, parts, visit, &listing)
                }
            } else if PathPattern.match(part, entry.name) {
                if !rest.isEmpty {
                    if entry.kind != .regular && entry.kind != .special { walk(path, rest, visit, &listing) }
                } else if entry.kind != .directory && !(onlyFiles && entry.kind == .special) {
                    take(path, isLink: entry.kind != .regular, &listing)
                }
            }
        }
        if part == .anyFolders { walk(folder, rest, visit, &listing) }
    }

    private func entries(
        of folder: String, _ visit: (String) -> Void, _ listing: inout Listing
    ) -> [FolderEntry] {
        let folder = folder.isEmpty ? "/" : folder
        visit(folder)
        do throws(FileFailure) {
            let (entries, unreadable) = try FileSystem.entries(of: folder)
            listing.folders.append(folder)
            if unreadable > 0 {
                listing.faults.append((folder, "\(unreadable) names in the folder are not UTF-8: rename those files"))
            }
            return entries
        } catch {
            // A folder that is gone, or is none, holds nothing.
            if error.errno != ENOENT && error.errno != ENOTDIR { listing.fault(error) }
            return []
        }
    }

    private func take(_ path: String, isLink: Bool, _ listing: inout Listing) {
        do throws(FileFailure) {
            add(path, try FileSystem.status(of: path), isLink: isLink, &listing)
        } catch {
            if error.errno != ENOENT { listing.fault(error) }
        }
    }

    private func add(_ path: String, _ status: OpenFile.Status, isLink: Bool, _ listing: inout Listing) {
        if status.isDirectory || excluded.contains(where: { $0.matches(path) }) { return }
        guard status.isRegular else {
            let why =
                "it is \(status.kind.rawValue); \(status.kind == .pipe ? "name it by itself in path to read it" : "exclude it")"
            return listing.faults.append((path, why))
        }
        guard listing.seen.insert(status.identity).inserted else { return }
        listing.files.append(
            FoundFile(path: path, status: status, isWatchable: !isLink && status.links == 1))
    }

    private static func isLink(_ path: String) -> Bool {
        var info = stat()
        return unsafe lstat(path, &info) != 0 || info.st_mode & S_IFMT == S_IFLNK
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        guard let directory = unsafe getcwd(nil, 0) else { return relative }
        defer { unsafe free(directory) }
        return unsafe "\(String(cString: directory))/\(relative)"
    }
}

extension Listing {
    fileprivate mutating func fault(_ failure: FileFailure) {
        faults.append((failure.path, failure.description))
    }
}

extension FileFinder {
    /// Throws when the settings name something that is not there or cannot be read, and nothing is waited for.
    func refuse(_ listing: Listing, _ config: SourceConfig) throws(ConnectorError) {
        let found = Set(listing.files.map { ByteName($0.path) })
        for entry in entries where entry.isName && found.contains(ByteName(entry.path)) {
            _ = try config.format(of: entry.path)
        }
        if let first = listing.files.first, !listing.files.contains(where: { (try? config.format(of: $0.path)) != nil })
        {
            _ = try config.format(of: first.path)
        }
        if config.follow { return }
        if let path = listing.missing.first { throw FileFailure("look at", path, errno: ENOENT).connectorError }
        if let pattern = listing.empty.first {
            throw .configuration("no file matches \(pattern); correct the pattern, or set follow to wait for one")
        }
        if listing.files.isEmpty, listing.streams.isEmpty, let fault = listing.faults.first {
            throw .configuration("\(fault.path) cannot be read: \(fault.why)")
        }
    }
}
