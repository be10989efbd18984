import ConnectorKit
import Formats

// Which files there are, and which of them changed.
extension FileTable {
    /// Looks where it must: at everything, or at what the system says was written.
    func lookAgain() {
        let changes = watch?.changes()
        if changes?.mustLook != false || mustLook || now >= nextLook { return look() }
        for (folder, name) in changes?.written ?? [] {
            if let file = named[ByteName(folder == "/" ? "/\(name)" : "\(folder)/\(name)")] { enqueue(file) }
        }
        for file in unwatchable where file.isNamed { lookAt(file) }
        revisit()
    }

    /// Looks at everything.
    func look() {
        let listing = list()
        take(listing)
        revisit()
        forgetGone()
    }

    /// The first look, which tells what of the settings is wrong.
    func firstLook() throws(ConnectorError) {
        let listing = list()
        try finder.refuse(listing, config)
        streams = try listing.streams.filter { isMine(FNV1a.hash(of: $0.utf8)) }
            .map { path throws(ConnectorError) in try StreamReading(path, config) }
        take(listing)
        revisit()
    }

    private func list() -> Listing {
        lookNumber += 1
        counters.listings.add()
        startWatching()
        var hears = watch != nil
        let listing = finder.look { folder in
            if watch?.watch(folder) == false { hears = false }
        }
        mustLook = !hears
        nextLook = now + Self.longestQuiet
        return listing
    }

    private func startWatching() {
        guard config.follow, watch == nil, !watchFailed else { return }
        do throws(FileFailure) {
            watch = try FolderWatch()
        } catch {
            watchFailed = true
            context.log.info("Folders are looked at each poll.interval.ms: \(error)")
        }
    }

    private func take(_ listing: Listing) {
        var fresh: [FoundFile] = []
        named.removeAll(keepingCapacity: true)
        unwatchable.removeAll(keepingCapacity: true)
        for found in listing.files where isMine(found.status.identity.inode) {
            guard let file = files[found.status.identity] ?? known(found) else {
                fresh.append(found)
                continue
            }
            see(file, found)
        }
        // Before the new ones: what was written earlier is read earlier.
        for file in files.values where file.look != lookNumber && file.isNamed { loseName(file) }
        if lookNumber == 1 { findUnnamed() }
        for found in GenerationOrder.sorted(fresh, byTime: config.follow) { begin(found) }
        note(listing.faults)
    }

    /// A file that a position is of.
    private func known(_ found: FoundFile) -> TrackedFile? {
        guard let file = stored.take(found) else { return nil }
        files[found.status.identity] = file
        file.firstLook = 0
        return file
    }

    private func begin(_ found: FoundFile) {
        let file = TrackedFile(found)
        file.firstLook = lookNumber
        file.startsAtEnd = config.startsAtEnd && lookNumber == 1 && stored.isEmpty
        files[found.status.identity] = file
        see(file, found)
    }

    private func see(_ file: TrackedFile, _ found: FoundFile) {
        let isNew = file.look == 0
        let hasOtherName = !file.path.utf8.elementsEqual(found.path.utf8)
        file.path = found.path
        if hasOtherName || isNew && file.isRenamed { wasRenamed(file) }
        if !file.isNamed { regainName(file) }
        file.look = lookNumber
        file.isWatchable = found.isWatchable
        if config.follow {
            named[ByteName(found.path)] = file
            if !found.isWatchable { unwatchable.append(file) }
        }
        if isNew { totalBytes += found.status.size }
        update(file, found.status, isNew: isNew)
    }

    private func update(_ file: TrackedFile, _ status: OpenFile.Status, isNew: Bool) {
        guard isNew || file.size != status.size || file.modified != status.modified else { return }
        // A change within the clock's tick of the last look would not show: looked at again by not noting the time.
        // What could not be read at all may have been written anew.
        if case .ended = file.state, status.size < file.size, file.content.disk == 0 { file.state = .reading }
        let isSettled = WorkerClock.system.now - status.modified / 1_000_000 > 50
        (file.size, file.modified) = (status.size, isSettled ? status.modified : 0)
        enqueue(file)
    }

    /// Looks at a file whose folder's watch does not hear of it.
    private func lookAt(_ file: TrackedFile) {
        counters.looks.add()
        do throws(FileFailure) {
            let status = try FileSystem.status(of: file.path)
            if status.identity != file.identity { mustLook = true } else { update(file, status, isNew: false) }
        } catch {
            mustLook = true
        }
    }

    private func wasRenamed(_ file: TrackedFile) {
        guard config.follow else { return }
        file.lostName = now
        watched[ObjectIdentifier(file)] = file
        enqueue(file)
    }

    private func regainName(_ file: TrackedFile) {
        file.isNamed = true
        file.lostName = nil
        gone.removeAll { $0.file === file }
        if case .ended = file.state { file.state = .reading }
        file.isVerified = false
        index(file)
        enqueue(file)
    }

    /// Nothing that is read has this file's number any more.
    private func loseName(_ file: TrackedFile) {
        file.isNamed = false
        file.lostName = now
        if file.reading == nil && !find(file) { return isGone(file) }
        watched[ObjectIdentifier(file)] = file
        enqueue(file)
    }

    /// Looks for a file that is not open in the folder where it was: it may have a name that is not read.
    func find(_ file: TrackedFile) -> Bool {
        let folder = FileSystem.parent(of: file.path)
        guard let entry = folderIndex.entries(of: folder, at: lookNumber)[file.inode] else { return false }
        let path = folder == "/" ? "/\(entry)" : "\(folder)/\(entry)"
        guard let status = try? FileSystem.status(of: path), status.isRegular,
            file.device == nil || status.identity == file.identity
        else { return false }
        file.path = path
        file.isFound(as: status.identity)
        return true
    }

    func isGone(_ file: TrackedFile) {
        close(file)
        file.isNamed = false
        file.state = .ended
        watched[ObjectIdentifier(file)] = nil
        index(file)
        gone.append((file, now))
    }

    /// Files that are looked at each time, whatever the system says.
    private func revisit() {
        for file in watched.values { enqueue(file) }
    }

    private func note(_ found: [(path: String, why: String)]) {
        let paths = Set(found.map { ByteName($0.path) })
        faults = faults.filter { paths.contains($0.key) }
        for (path, why) in found where faults.updateValue(why, forKey: ByteName(path)) != why { tell(path, why) }
    }

    /// Something cannot be read: told once, until it can be or the reason is another.
    func tell(_ path: String, _ why: String) {
        counters.unreadable.add()
        context.log.warning("An entry is passed over for now: \(why)", ("file", path))
    }

    /// Takes positions out of the store whose files are gone for long enough.
    private func forgetGone() {
        let count = gone.prefix { now - $0.since >= Self.kept.gone }.count
        for (file, _) in gone.prefix(count) {
            unindex(file)
            if files[file.identity] === file { files[file.identity] = nil }
            marks.append(file.forgotten)
        }
        gone.removeFirst(count)
        let kept = Duration.seconds(60) + config.rotateWait + config.pollInterval * 2
        let old = formers.prefix { now - $0.since >= kept }
        for (file, _) in old { unindex(file) }
        formers.removeFirst(old.count)
    }
}
