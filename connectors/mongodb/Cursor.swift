import CMongo
import ConnectorKit

/// The documents that a query finds.
@safe
final class Cursor {
    private let raw: OpaquePointer
    private let client: Client

    init(_ raw: OpaquePointer, of client: Client) {
        unsafe self.raw = unsafe raw
        self.client = client
    }

    deinit { unsafe mongoc_cursor_destroy(raw) }

    /// The next document; nil when there is none left.
    func next() throws(ServerError) -> BSONDocument? {
        var document: OpaquePointer?
        if unsafe mongoc_cursor_next(raw, &document) { return unsafe Client.copy(document) }
        var error = bson_error_t()
        if unsafe mongoc_cursor_error(raw, &error) { throw ServerError(error, reply: nil) }
        return nil
    }
}

/// A running change stream.
@safe
final class ChangeStream {
    private let raw: OpaquePointer
    private let client: Client
    /// Whether the server has taken it.
    private(set) var hasAnswered = false

    init(_ raw: OpaquePointer, of client: Client) {
        unsafe self.raw = unsafe raw
        self.client = client
    }

    deinit { unsafe mongoc_change_stream_destroy(raw) }

    /// The next event; nil when none came in time.
    func next() throws(ServerError) -> BSONDocument? {
        var document: OpaquePointer?
        if unsafe mongoc_change_stream_next(raw, &document) {
            hasAnswered = true
            return unsafe Client.copy(document)
        }
        var error = bson_error_t()
        var reply: OpaquePointer?
        if unsafe mongoc_change_stream_error_document(raw, &error, &reply) {
            throw ServerError(error, reply: unsafe Client.copy(reply))
        }
        hasAnswered = true
        return nil
    }

    /// Where a stream begun now would go on; nil before the server said so.
    var resumeToken: BSONDocument? { unsafe Client.copy(mongoc_change_stream_get_resume_token(raw)) }
}
