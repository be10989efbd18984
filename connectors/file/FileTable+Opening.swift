import ConnectorKit
import Formats
import Glibc

// Opening a file, and finding out which content it has.
extension FileTable {
    /// Opens a file if it is not open, and sees to it that it is read from where its content is new.
    /// - Returns: nil when there is nothing to read of it for now.
    func open(_ file: TrackedFile) throws -> FileReading? {
        do {
            if let reading = file.reading, try goesOn(reading) { return reading }
            if file.isPostponed { return nil }
            let opened = try descriptor(file)
            switch file.state {
            case .reading, .ended:
                if file.content.disk > 0, try !check.holds(file.content, opened) {
                    restart(file)
                    return nil
                }
                file.isVerified = true
                index(file)
                if case .ended = file.state { return nil }
            case .new, .held:
                if try !beginNew(file, opened) { return nil }
            }
            return try adopt(file, opened)
        } catch let failure as FileFailure {
            failed(file, failure)
            return nil
        }
    }

    /// An open file may have been cut off or written anew since its last turn, or only the record without an end, which is
    /// read again then.
    private func goesOn(_ reading: FileReading) throws -> Bool {
        if reading.isInTurn { return true }
        let (file, reader) = (reading.file, reading.reader)
        let status = try look(at: reader.input.file)
        let hasTail = try check.hasTail(file.content, reader.input.file)
        guard hasTail && status.size >= file.content.disk else {
            restart(file)
            return false
        }
        let isPlain = reader.input.compression == .none
        let keepsRest = try !isPlain || status.size >= reading.diskBytes && check.holds(rest: reader)
        if !keepsRest { close(file) }
        reading.turnEnd = status.size
        return keepsRest
    }

    private func look(at file: borrowing OpenFile) throws(FileFailure) -> OpenFile.Status {
        counters.looks.add()
        return try file.status()
    }

    /// Another file may have the name by now: then everything is looked at again.
    private func descriptor(_ file: TrackedFile) throws(FileFailure) -> OpenFile {
        makeRoom()
        counters.opens.add()
        let opened = try OpenFile(readingWithoutWait: file.path)
        let status = try look(at: opened)
        guard status.isRegular, status.identity == file.identity else {
            mustLook = true
            throw FileFailure("find", file.path, errno: ESTALE)
        }
        return opened
    }

    func failed(_ file: TrackedFile, _ failure: FileFailure) {
        close(file)
        switch failure.errno {
        case ENOENT, ESTALE, ENOTDIR:
            // It was renamed or deleted a moment ago, which the next look tells more of.
            mustLook = true
            if !file.isNamed && !find(file) { isGone(file) }
        case EMFILE, ENFILE:
            closeOldest(max(1, opened.count / 2))
            watched[ObjectIdentifier(file)] = file
        default:
            watched[ObjectIdentifier(file)] = file
        }
        if file.fault != failure.description && failure.errno != ESTALE {
            file.fault = failure.description
            tell(file.path, failure.description)
            if !config.follow && finder.names(file.path) { unread[ByteName(file.path)] = failure.description }
        }
    }

    /// The content is not the one that was read: what is there is new, and the former may be found in a copy, which was
    /// made before and is read first.
    func restart(_ file: TrackedFile) {
        let former = TrackedFile(formerly: file)
        unindex(file)
        index(former)
        formers.append((former, now))
        close(file)
        let isAnother = file.takesOtherPosition()
        if isAnother { marks.append(former.forgotten) }
        tellRestart(of: file, former, isAnother: isAnother)
        file.content = TrackedFile.Content()
        file.columns = nil
        file.said = []
        (file.state, file.startsAtEnd, file.firstLook) = (.new, false, lookNumber)
        postpone(file)
    }

    private func tellRestart(of file: TrackedFile, _ former: TrackedFile, isAnother: Bool) {
        if isAnother {
            return log(file).info("The file has the number that one which is gone had: it is read from its beginning")
        }
        counters.restarted.add()
        log(file).warning(
            "The file was cut off or written anew: it is read from its beginning. What was written behind byte "
                + "\(former.content.disk) before that was not read, unless it is in a copy that is read too")
    }

    /// Gives a file another turn, behind all others that there are then.
    private func postpone(_ file: TrackedFile) {
        file.isPostponed = true
        postponed.append(file)
    }

    /// Decides where a file is begun that has no position; false when that is not to be said yet.
    private func beginNew(_ file: TrackedFile, _ opened: borrowing OpenFile) throws -> Bool {
        // A copy is empty at first, too.
        if config.follow, try opened.status().size == 0 {
            file.startsAtEnd = false
            return false
        }
        if !present.isEmpty || !lost.isEmpty {
            switch try original(of: file, opened) {
            case .copied(let original): try goOn(file, where: original, opened)
            case .undecided(let isWaitedFor):
                if isHeld(file, try opened.status().size) || isWaitedFor { return false }
            case .none: break
            }
        }
        (file.state, file.isVerified) = (.reading, true)
        watched[ObjectIdentifier(file)] = nil
        if file.startsAtEnd && file.content.place.bytes == 0 { try beginAtEnd(file, opened) }
        return true
    }

    private func goOn(_ file: TrackedFile, where original: TrackedFile, _ opened: borrowing OpenFile) throws {
        let isPlain = try Compression.of(opened) == Compression.none
        file.content.place = original.content.place
        file.content.disk = try isPlain ? original.content.disk : opened.status().size
        try note(file, opened)
        original.wasCopied = true
        counters.copies.add()
        log(file).info(
            "The file is a copy of \(original.path): it is read on from byte \(original.content.place.bytes)")
    }

    /// A place where nothing was read is a position all the same.
    private func note(_ file: TrackedFile, _ opened: borrowing OpenFile) throws(FileFailure) {
        file.content.time = context.clock.now
        try check.update(&file.content, opened)
        index(file)
        marks.append(file.position)
    }

    /// Whether it may still become clear that a file is a copy.
    private func isHeld(_ file: TrackedFile, _ size: Int64) -> Bool {
        if case .held(let since, let before) = file.state, before == size {
            return now - since < config.rotateWait
        }
        file.state = .held(since: now, size: size)
        watched[ObjectIdentifier(file)] = file
        return config.rotateWait > .zero
    }

    private func beginAtEnd(_ file: TrackedFile, _ opened: borrowing OpenFile) throws {
        let compression = try Compression.of(opened) ?? .none
        let size = try opened.status().size
        if compression == .none && config.encoding == nil {
            file.content.disk = try opened.lineStart(before: size)
            file.content.place.bytes = file.content.disk
        } else {
            var input = try FileInput(OpenFile(readingWithoutWait: file.path), compression, encoding: config.encoding)
            let room = Bytes(count: FrameReader.piece)
            while try unsafe input.read(into: room.all, endsHere: false) > 0 {}
            file.content.disk = size
            file.content.place.bytes = input.textBytes
        }
        try note(file, opened)
    }

    private func adopt(_ file: TrackedFile, _ opened: consuming OpenFile) throws -> FileReading? {
        let size = try opened.status().size
        guard let compression = try compression(file, opened, size) else { return nil }
        let reading = try FileReading(
            file, FileInput(opened, compression, encoding: config.encoding), config,
            columns: file.columns ?? CSVColumns(config.columns))
        if reading.format == .csv && reading.columns.names.isEmpty && file.content.place.bytes > 0 {
            reading.columns = try CSVColumns.header(of: file, compression, config)
        }
        reading.turnEnd = size
        file.reading = reading
        file.fault = nil
        self.opened[ObjectIdentifier(file)] = file
        return reading
    }

    /// What the content says; nil while it is too short to say it, which only a file that grows may become longer than.
    private func compression(
        _ file: TrackedFile, _ opened: borrowing OpenFile, _ size: Int64
    ) throws -> Compression? {
        let named = Compression(suffixOf: file.path)
        let found = try Compression.of(opened)
        if let found, named == nil || found != .none { return found }
        if size == 0 || found == nil && config.follow && file.isNamed { return config.follow ? nil : Compression.none }
        guard let named else { return Compression.none }
        throw FileFault(
            line: 1, byte: 1,
            why: "the name says \(named.rawValue), and the content is not: rename the file, or compress it")
    }
}
