import CMongo
import ConnectorKit

/// A session, in which transactions run one after the other.
@safe
final class Session {
    let raw: OpaquePointer
    private let client: Client
    private let concern: CommitConcern

    init(_ raw: OpaquePointer, of client: Client, _ concern: CommitConcern) {
        unsafe self.raw = unsafe raw
        self.client = client
        self.concern = concern
    }

    deinit { unsafe mongoc_client_session_destroy(raw) }

    /// The bytes of its identifier, a document.
    var identifier: [UInt8] { unsafe Client.copy(mongoc_client_session_get_lsid(raw)).map { Array($0.bytes) } ?? [] }

    func begin() throws(ServerError) {
        var error = bson_error_t()
        let options = unsafe mongoc_transaction_opts_new()
        defer { unsafe mongoc_transaction_opts_destroy(options) }
        unsafe mongoc_transaction_opts_set_write_concern(options, concern.raw)
        guard unsafe mongoc_client_session_start_transaction(raw, options, &error) else {
            throw ServerError(error, reply: nil)
        }
    }

    /// Waits for as many members as the address asks for, and for the majority.
    func commit() throws(ServerError) {
        try commitOnce()
        // The server knows a commit that comes again, and libmongoc has it wait for the majority.
        if !concern.isMajority { try commitOnce() }
    }

    private func commitOnce() throws(ServerError) {
        var error = bson_error_t()
        var succeeded = false
        let reply = unsafe Client.take(sluice_mongo_commit(raw, &succeeded, &error))
        if !succeeded { throw ServerError(error, reply: reply) }
    }

    /// Gives the transaction up; the server does so by itself when it is not reached.
    func abort() { _ = unsafe mongoc_client_session_abort_transaction(raw, nil) }
}
