internal import CSystem
import Glibc

/// Operations on names: what a directory holds and what stays in it after a power failure.
public enum FileSystem {
    /// Identity and length of what `path` leads to.
    public static func status(of path: String) throws(FileFailure) -> OpenFile.Status {
        var info = stat()
        _ = try checked("look at", path) { unsafe stat(path, &info) }
        return OpenFile.Status(info)
    }

    /// Makes a directory and those above it that are missing, to stay after a power failure; one that exists is left alone.
    public static func makeDirectory(_ path: String) throws(FileFailure) {
        for directory in try makeDirectories(path).reversed() {
            do throws(FileFailure) {
                try synchronizeDirectory(parent(of: directory))
            } catch {
                // A second call must not take it for durable.
                _ = unsafe rmdir(directory)
                throw error
            }
        }
    }

    /// Makes a directory and those above it that are missing; which were made, the topmost first.
    ///
    /// They stay after a power failure once the directories that hold them were synchronized.
    public static func makeDirectories(_ path: String) throws(FileFailure) -> [String] {
        if path.isEmpty { return [] }
        if unsafe mkdir(path, 0o755) == 0 { return [path] }
        let reason = errno
        if unsafe reason == ENOENT && parent(of: path) != path && access(parent(of: path), F_OK) != 0 {
            let above = try makeDirectories(parent(of: path))
            if unsafe mkdir(path, 0o755) == 0 { return above + [path] }
            if errno == EEXIST { return above }
            throw FileFailure("create directory", path, errno: errno)
        }
        let exists = reason == EEXIST || reason == EROFS || reason == EACCES
        guard exists, let status = try? status(of: path), status.isDirectory else {
            throw FileFailure("create directory", path, errno: reason == EEXIST ? ENOTDIR : reason)
        }
        return []
    }

    /// Names in a directory, sorted by their bytes, without `.` and `..`.
    public static func names(in directory: String) throws(FileFailure) -> [String] {
        guard let stream = unsafe opendir(directory) else {
            throw FileFailure("read directory", directory, errno: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                // An end and a failure differ by this alone; part of a directory must not pass for all of it.
                if errno != 0 { throw FileFailure("read directory", directory, errno: errno) }
                break
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Gives a file a name that no file has; false when one has it.
    public static func rename(_ path: String, toFree newPath: String) throws(FileFailure) -> Bool {
        if unsafe sluice_rename_new(path, newPath) == 0 { return true }
        if errno == EEXIST { return false }
        throw FileFailure("rename", "\(path) to \(newPath)", errno: errno)
    }

    /// Deletes a file; one that is already gone is no failure.
    public static func remove(_ path: String) throws(FileFailure) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw FileFailure("delete", path, errno: errno)
    }

    /// Waits until names made, changed and deleted in a directory are on the disk.
    public static func synchronizeDirectory(_ path: String) throws(FileFailure) {
        try OpenFile(reading: path).synchronize()
    }

    /// Makes the file `path` with these bytes unless there is one, by way of `temporary` in the same directory; it appears
    /// whole, and durable after ``synchronizeDirectory(_:)``. False when there is one; a throw has made none.
    public static func make(
        _ path: String, with bytes: UnsafeRawBufferPointer, by temporary: String
    ) throws(FileFailure) -> Bool {
        do throws(FileFailure) {
            let file = try OpenFile(writing: temporary, truncating: true)
            try unsafe file.write(bytes)
            try file.synchronize()
            if try rename(temporary, toFree: path) { return true }
        } catch {
            try? remove(temporary)
            throw error
        }
        try remove(temporary)
        return false
    }

    /// The whole content of a small file.
    /// - Parameter limit: The most bytes to read; a longer file fails with `EFBIG`.
    public static func content(of path: String, limit: Int = 1 << 24) throws(FileFailure) -> [UInt8] {
        let file = try OpenFile(reading: path)
        var content: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe chunk.deallocate() }
        while true {
            let count = try unsafe file.read(into: chunk)
            if count == 0 { return content }
            unsafe content += chunk[..<count]
            guard content.count <= limit else { throw FileFailure("read", path, errno: EFBIG) }
        }
    }

    /// The directory a path names an entry of; `.` when it has no slash.
    public static func parent(of path: String) -> String {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// What follows the last slash of a path.
    public static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// Repeats a call while a signal interrupts it; a negative result is a failure.
    static func checked<Result: BinaryInteger>(
        _ operation: String, _ path: String, _ call: () -> Result
    ) throws(FileFailure) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw FileFailure(operation, path, errno: errno) }
        }
    }
}
