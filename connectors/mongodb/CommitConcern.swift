import CMongo
import ConnectorKit

/// The write concern of a transaction's commit: that of the address, with the majority in the place of one member, and with
/// an end to the wait.
@safe
final class CommitConcern {
    let raw: OpaquePointer?
    /// Whether it waits for the majority; otherwise for so many members, or for those of a tag, which may be fewer.
    let isMajority: Bool

    /// - Parameters:
    ///   - given: The write concern of the address.
    ///   - timeout: The longest wait unless the address names one.
    init(_ given: OpaquePointer?, _ timeout: Duration) {
        unsafe raw = unsafe mongoc_write_concern_copy(given)
        let named = unsafe mongoc_write_concern_get_wtimeout(raw)
        let wait = named > 0 ? named : Int32(clamping: timeout.milliseconds)
        let members = unsafe mongoc_write_concern_get_w(raw)
        isMajority = members < 2 && members != MONGOC_WRITE_CONCERN_W_TAG
        if isMajority {
            unsafe mongoc_write_concern_set_wmajority(raw, wait)
        } else {
            unsafe mongoc_write_concern_set_wtimeout(raw, wait)
        }
    }

    deinit { unsafe mongoc_write_concern_destroy(raw) }
}
