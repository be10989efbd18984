import CMongo
import ConnectorKit

/// What a command is to libmongoc.
enum CommandKind {
    /// Nothing is added to it.
    case plain
    /// The write concern of the address is added, and it is repeated once where the server can tell a repetition.
    case write
}

/// One client of a deployment, for one task on its own thread: every call blocks, none longer than its time limits.
@safe
final class Client {
    private let raw: OpaquePointer
    let database: String
    private let timeout: Duration

    /// - Parameter limit: Shortens each of the settings' time limits to this; nil leaves them as they are.
    init(_ settings: ConnectionSettings, within limit: Duration? = nil) throws(ServerError) {
        Self.prepareLibrary
        database = settings.database
        timeout = settings.timeout
        guard let uri = unsafe settings.makeURI(within: limit) else {
            throw ServerError(ConnectionSettings.fault, .configuration)
        }
        defer { unsafe mongoc_uri_destroy(uri) }
        var error = bson_error_t()
        guard let client = unsafe mongoc_client_new_from_uri_with_error(uri, &error) else {
            let failure = ServerError(error, reply: nil)
            throw ServerError(failure.message, code: failure.code, .configuration)
        }
        unsafe raw = client
        _ = unsafe mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        _ = unsafe mongoc_client_set_appname(client, "sluice")
    }

    deinit { unsafe mongoc_client_destroy(raw) }

    private static let prepareLibrary: Void = mongoc_init()

    private func run(
        _ command: UnsafeRawBufferPointer, _ kind: CommandKind, on database: String?, in session: Session?
    ) throws(ServerError) -> BSONDocument {
        var error = bson_error_t()
        var succeeded = false
        let reply = unsafe sluice_mongo_run(
            raw, database ?? self.database, kind == .write ? SLUICE_MONGO_WRITE : SLUICE_MONGO_PLAIN,
            command.baseAddress?.assumingMemoryBound(to: UInt8.self), command.count, session?.raw, &succeeded, &error)
        let document = unsafe Self.take(reply)
        // A write that reached too few members did happen; its reply says so.
        if succeeded || document?["writeConcernError"] != nil || document?["writeErrors"] != nil {
            return document ?? BSONDocument([])
        }
        throw ServerError(error, reply: document)
    }

    /// Runs a command that is built in place.
    @discardableResult
    func run(
        _ kind: CommandKind = .plain, on database: String? = nil, in session: Session? = nil,
        _ build: (inout BSONWriter) -> Void
    ) throws(ServerError) -> BSONDocument {
        var command = BSONWriter(capacity: 256)
        let place = command.open()
        build(&command)
        command.close(place)
        return try run(command, kind, on: database, in: session)
    }

    /// Runs a command that stands in a writer.
    func run(
        _ command: borrowing BSONWriter, _ kind: CommandKind = .plain, on database: String? = nil,
        in session: Session? = nil
    ) throws(ServerError) -> BSONDocument {
        try unsafe command.withBytes { bytes in
            Result { () throws(ServerError) in try unsafe run(bytes, kind, on: database, in: session) }
        }
        .get()
    }

    /// Visits the documents that a filter finds.
    func find(
        _ collection: String, _ filter: [UInt8], options: [UInt8],
        _ body: (BSONDocument) throws(ServerError) -> Void
    ) throws(ServerError) {
        let cursor = try cursor(collection, filter, options: options)
        while let document = try cursor.next() { try body(document) }
    }

    /// Begins to read the documents that a filter finds.
    func cursor(_ collection: String, _ filter: [UInt8], options: [UInt8]) throws(ServerError) -> Cursor {
        guard let handle = unsafe mongoc_client_get_collection(raw, database, collection) else {
            throw ServerError("\(collection) is no collection", .other)
        }
        defer { unsafe mongoc_collection_destroy(handle) }
        guard let cursor = unsafe sluice_mongo_find(handle, filter, filter.count, options, options.count) else {
            throw ServerError("the query is no BSON", .other)
        }
        return unsafe Cursor(cursor, of: self)
    }

    /// Begins a session.
    func session() throws(ServerError) -> Session {
        var error = bson_error_t()
        guard let session = unsafe mongoc_client_start_session(raw, nil, &error) else {
            throw ServerError(error, reply: nil)
        }
        return unsafe Session(session, of: self, CommitConcern(mongoc_client_get_write_concern(raw), timeout))
    }

    /// Begins to watch for changes.
    func watch(_ collection: String?, pipeline: [UInt8], options: [UInt8]) throws(ServerError) -> ChangeStream {
        guard
            let stream = unsafe sluice_mongo_watch(
                raw, database, collection, pipeline, pipeline.count, options, options.count)
        else { throw ServerError("the pipeline of the change stream is no BSON", .other) }
        return unsafe ChangeStream(stream, of: self)
    }

    static func take(_ document: OpaquePointer?) -> BSONDocument? {
        guard let document = unsafe document else { return nil }
        defer { unsafe bson_destroy(document) }
        return unsafe copy(document)
    }

    static func copy(_ document: OpaquePointer?) -> BSONDocument? {
        guard let document = unsafe document, let data = unsafe bson_get_data(document) else { return nil }
        return unsafe BSONDocument(Array(UnsafeBufferPointer(start: data, count: sluice_mongo_size(document))))
    }
}
