import CMongo
import ConnectorKit

/// How to reach a deployment, for sink and source alike.
struct ConnectionSettings: Sendable {
    static let uri = Setting.password(
        "connection.uri",
        "Where the deployment is: a `mongodb://` or `mongodb+srv://` address with all that libmongoc knows: hosts, user "
            + "and password, `authSource`, `replicaSet`, `tls`, `tlsCAFile`, `w`, `journal`, `wtimeoutMS`. "
            + "Without `w` writes wait for the majority, and transactions always do. All is read from the primary, whatever `readPreference` says, since "
            + "other members may lag behind it. It is never shown, since it may hold a password."
    ).example("mongodb://db.example.com:27017/?replicaSet=rs0").group("Connection")
    static let timeout = Setting.duration(
        "connection.timeout.ms", in: .milliseconds(100)...Duration.seconds(3600),
        "The longest wait for a server to be found, for a connection, and for one answer; `serverSelectionTimeoutMS`, "
            + "`connectTimeoutMS` and `socketTimeoutMS` of the address come before it."
    ).defaulting(to: .seconds(30)).group("Connection")
    static let database = Setting.string("database", "The database.").example("events")
        .checked { databaseFault(in: $0) }.group("Connection")

    let uri: Secret
    let timeout: Duration
    let database: String

    static let fault =
        "connection.uri was not understood (it is not shown, since it may hold a password); expected "
        + "mongodb://host:27017/?option=value with percent-encoded user and password"

    /// What is wrong with an address; nil when nothing is.
    static func fault(in uri: Secret) -> String? {
        var made: OpaquePointer?
        let unknown = LibraryLog.unknownOptions {
            unsafe made = unsafe ConnectionSettings(uri: uri, timeout: .seconds(1), database: "x").makeURI()
        }
        guard let parsed = unsafe made else { return fault }
        defer { unsafe mongoc_uri_destroy(parsed) }
        if let name = unknown.first {
            return
                "connection.uri has the option \(name), which libmongoc does not know and would pass over; see MongoDB's "
                + "connection string options"
        }
        let concern = unsafe mongoc_uri_get_write_concern(parsed)
        return unsafe mongoc_write_concern_is_acknowledged(concern)
            ? nil : "connection.uri has w=0, with which nobody knows what was written; leave it out or set 1 or more"
    }

    /// The address with its time limits filled in; nil when it is none.
    ///
    /// - Parameter limit: Bounds each of them, whatever the address says; nil bounds none.
    func makeURI(within limit: Duration? = nil) -> OpaquePointer? {
        var error = bson_error_t()
        guard let uri = unsafe mongoc_uri_new_with_error(uri.revealed, &error) else { return nil }
        for option in ["serverselectiontimeoutms", "connecttimeoutms", "sockettimeoutms"] {
            let given = unsafe mongoc_uri_get_option_as_int32(uri, option, Int32(clamping: timeout.milliseconds))
            let most = limit.map { Int32(clamping: max(1, $0.milliseconds)) }
            _ = unsafe mongoc_uri_set_option_as_int32(
                uri, option, most.map { given > 0 ? min(given, $0) : $0 } ?? given)
        }
        unsafe readFromPrimary(uri)
        if unsafe !mongoc_uri_has_option(uri, "w"), let concern = unsafe mongoc_write_concern_new() {
            unsafe requireMajority(from: uri, to: concern)
            unsafe mongoc_uri_set_write_concern(uri, concern)
            unsafe mongoc_write_concern_destroy(concern)
        }
        return unsafe uri
    }

    private static func databaseFault(in name: String) -> String? {
        let isName = (1...63).contains(name.utf8.count) && !name.contains { "/\\. \"$*<>:|?\0".contains($0) }
        return isName
            ? nil
            : "database is \"\(name)\"; expected 1 to 63 bytes without NUL, spaces and the characters /\\.\"$*<>:|?"
    }
}

/// What a lagging member has not got yet would be written twice or never read.
private func readFromPrimary(_ uri: OpaquePointer) {
    let preference = unsafe mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
    unsafe mongoc_uri_set_read_prefs_t(uri, preference)
    unsafe mongoc_read_prefs_destroy(preference)
}

/// Majority, with the journal and the time limit that the address names.
private func requireMajority(from uri: OpaquePointer, to concern: OpaquePointer) {
    let given = unsafe mongoc_uri_get_write_concern(uri)
    unsafe mongoc_write_concern_set_wmajority(concern, mongoc_write_concern_get_wtimeout(given))
    if unsafe mongoc_write_concern_journal_is_set(given) {
        unsafe mongoc_write_concern_set_journal(concern, mongoc_write_concern_get_journal(given))
    }
}
