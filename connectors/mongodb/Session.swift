import CMongo
import ConnectorKit

/// A session, in which transactions run one after the other.
@safe
final class Session {
    let raw: OpaquePointer
    private let client: Client

    init(_ raw: OpaquePointer, of client: Client) {
        unsafe self.raw = unsafe raw
        self.client = client
    }

    deinit { unsafe mongoc_client_session_destroy(raw) }

    /// The bytes of its identifier, a document.
    var identifier: [UInt8] { unsafe Client.copy(mongoc_client_session_get_lsid(raw)).map { Array($0.bytes) } ?? [] }

    func begin() throws(ServerError) {
        var error = bson_error_t()
        let options = unsafe mongoc_transaction_opts_new()
        defer { unsafe mongoc_transaction_opts_destroy(options) }
        let concern = unsafe mongoc_write_concern_new()
        defer { unsafe mongoc_write_concern_destroy(concern) }
        unsafe mongoc_write_concern_set_wmajority(concern, 0)
        unsafe mongoc_transaction_opts_set_write_concern(options, concern)
        guard unsafe mongoc_client_session_start_transaction(raw, options, &error) else {
            throw ServerError(error, reply: nil)
        }
    }

    func commit() throws(ServerError) {
        var error = bson_error_t()
        var succeeded = false
        let reply = unsafe Client.take(sluice_mongo_commit(raw, &succeeded, &error))
        if !succeeded { throw ServerError(error, reply: reply) }
    }

    /// Gives the transaction up; the server does so by itself when it is not reached.
    func abort() { _ = unsafe mongoc_client_session_abort_transaction(raw, nil) }
}
