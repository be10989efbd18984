import ConnectorKit

/// Turns documents and changes into batches and positions.
final class ChangeReader {
    private let config: SourceConfig
    private let context: SourceContext
    private let client: Client
    private let partition: PositionFields
    private var decoder: EventDecoder
    /// nil before the first event of a stream that begins at a time.
    private var place: ChangePlace?
    private var copy: InitialCopy?
    private var stream: ChangeStream?
    /// Where a stream ended last without an event that says so.
    private var endedAt: BSONDocument?
    private var quietMarkIsDue = Duration.zero

    /// How often a position moves on while nothing happens, so that its token does not grow too old.
    private static let quietPause = Duration.seconds(10)
    /// Where the search for the present ends while it moves on.
    private static let mostEarlierEvents = 10_000

    init(_ config: SourceConfig, _ context: SourceContext) throws(ConnectorError) {
        self.config = config
        self.context = context
        decoder = EventDecoder(config)
        partition = [
            "database": .string(config.connection.database), "collection": .string(config.collection ?? ""),
        ]
        do throws(ServerError) {
            let (client, server) = try ServerFeatures.reached(
                config.connection, within: context.timeLeft, until: context.stop)
            self.client = client
            guard server.hasTransactions else { throw ServerFeatures.noChangeStreams }
            try begin()
        } catch {
            throw Self.explained(error)
        }
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        do {
            if copy != nil { return try pollCopy(into: &batch) }
            return try pollStream(into: &batch)
        } catch let error as ServerError {
            // The stream does not outlive its errors; the next poll opens one where the last batch ended.
            stream = nil
            try reopenCopy()
            throw Self.explained(error)
        }
    }
}

extension ChangeReader {
    private func begin() throws(ServerError) {
        if let stored = context.offset(of: partition) {
            guard let stored = ChangePlace(stored) else { throw Self.brokenPosition }
            place = stored
            if stored.copy != nil { copy = try InitialCopy(client, of: config.collection, from: stored.copy) }
            return
        }
        if config.startup == .timestamp { return }
        // Changes from before the copy are in it; those during it come again after it.
        place = ChangePlace(token: try currentToken(), copy: nil)
        if config.startup == .copyExisting { copy = try InitialCopy(client, of: config.collection, from: nil) }
    }

    /// A place behind all that happened before, as far as the server lets it be reached: a new stream may begin a moment
    /// in the past.
    private func currentToken() throws(ServerError) -> BSONDocument {
        let stream = try open(after: nil)
        for _ in 0..<Self.mostEarlierEvents {
            if try stream.next() == nil, let token = stream.resumeToken { return token }
        }
        if let token = stream.resumeToken { return token }
        throw ServerError(
            "the server names no place in its change stream; MongoDB 4.2 or later is needed", .configuration)
    }

    private func open(after token: BSONDocument?) throws(ServerError) -> ChangeStream {
        let options = BSONWriter.document { options in
            if config.fullDocument != .standard { options.add("fullDocument", config.fullDocument.rawValue) }
            if config.fullDocumentBeforeChange != .standard {
                options.add("fullDocumentBeforeChange", config.fullDocumentBeforeChange.rawValue)
            }
            options.add("maxAwaitTimeMS", Int64(config.awaitTime.milliseconds))
            if let token {
                // Unlike resumeAfter this goes on behind the end of a stream, too.
                options.element(BSONType.document, "startAfter")
                unsafe Array(token.bytes).withUnsafeBytes { unsafe options.put($0) }
            } else if let time = config.startTime {
                options.element(BSONType.timestamp, "startAtOperationTime")
                options.put(time)
            }
        }
        return try client.watch(config.collection, pipeline: config.pipeline, options: options)
    }

    private func pollCopy(into batch: inout RecordBatch) throws -> Poll {
        guard let copy, var place else { return .more }
        while batch.count < BatchLimit.records, batch.byteCount < BatchLimit.bytes {
            guard let (document, collection) = try copy.next() else {
                self.copy = nil
                break
            }
            try decoder.append(existing: document, of: collection, to: &batch)
        }
        place.copy = copy.place
        mark(place, in: &batch)
        return .more
    }

    private func pollStream(into batch: inout RecordBatch) throws -> Poll {
        var token = place?.token
        let stream = try stream ?? open(after: token)
        self.stream = stream
        var isIdle = false
        while batch.count < BatchLimit.records, batch.byteCount < BatchLimit.bytes, !context.stop.isRequested {
            guard let event = try next(of: stream, &token) else {
                isIdle = self.stream != nil
                break
            }
            try decoder.append(event: event, to: &batch)
            if let id = event["_id"]?.document { token = BSONDocument(Array(id.bytes)) }
            if event["operationType"]?.string == "invalidate" {
                invalidated()
                break
            }
        }
        markStream(token, isIdle && batch.count == 0, &batch)
        guard isIdle, batch.count == 0 else { return .more }
        return config.follow ? .idle(.milliseconds(1)) : .finished
    }

    /// The next event; nil when none came in time, or the stream has ended because what it watches is gone.
    private func next(of stream: ChangeStream, _ token: inout BSONDocument?) throws(ServerError) -> BSONDocument? {
        do {
            return try stream.next()
        } catch {
            // Where the stages of `pipeline` take the event away, libmongoc tries to go on behind it and is refused. The
            // server's last place is the one behind that event; if it is none, trying again would come here for ever.
            guard error.code == Self.invalidResumeToken, stream.hasAnswered, let last = stream.resumeToken,
                last.bytes != endedAt?.bytes
            else { throw error }
            token = last
            endedAt = last
            invalidated()
            return nil
        }
    }

    /// Notes that what is watched was dropped or renamed, which ends its stream: the next one begins behind that.
    private func invalidated() {
        stream = nil
        context.log.warning(
            "what is watched was dropped or renamed; the source goes on with the changes that come under its name, and "
                + "documents that a renamed collection brings along make none",
            ("database", config.connection.database), ("collection", config.collection ?? ""))
    }

    /// Marks what was read, and now and then also that there was nothing.
    private func markStream(_ token: BSONDocument?, _ isQuiet: Bool, _ batch: inout RecordBatch) {
        var token = token
        if isQuiet {
            guard context.clock.monotonic >= quietMarkIsDue else { return }
            token = stream?.resumeToken ?? token
        }
        quietMarkIsDue = context.clock.monotonic + Self.quietPause
        if let token { mark(ChangePlace(token: token, copy: nil), in: &batch) }
    }

    private func mark(_ place: ChangePlace, in batch: inout RecordBatch) {
        self.place = place
        batch.mark(Position(partition: partition, offset: place.fields))
    }

    private func reopenCopy() throws {
        guard copy != nil else { return }
        do throws(ServerError) {
            copy = try InitialCopy(client, of: config.collection, from: place?.copy)
        } catch {
            throw Self.explained(error)
        }
    }

    private static let brokenPosition = ServerError(
        "the stored position is none of this source", code: 260, .configuration)

    private static let invalidResumeToken = 260
    private static let namespaceNotFound = 26
    private static let objectTooLarge = 10334
    private static let lostPlaces = [9, 260, 280, 286, 40576, 40615, 40647, 50811]

    /// Says what to do about what the server does not take.
    private static func explained(_ error: ServerError) -> ConnectorError {
        let native = String(error.code)
        switch error.code {
        case namespaceNotFound: return .retriable("watching for changes: \(error.message)", native: native)
        case objectTooLarge:
            return .configuration(
                "an event of the change stream has more than the 16 MiB that MongoDB sends (\(error.message)): leave out parts "
                    + "of it with a $project stage in pipeline, or with change.stream.full.document default or "
                    + "change.stream.full.document.before.change off", native: native)
        case _ where lostPlaces.contains(error.code):
            return .configuration(
                "the server cannot go on at the stored resume token, or at the time of startup.mode timestamp "
                    + "(\(error.message)): what changed since may be gone from its oplog. errors.tolerance passes over "
                    + "records and never over such a gap; reset the position of the pipeline (sluice offsets reset), and "
                    + "startup.mode says where to begin: copy_existing with all documents, latest behind the gap",
                native: native)
        default: return error.connectorError("watching for changes")
        }
    }
}
