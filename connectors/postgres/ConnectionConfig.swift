import CPostgres
import ConnectorKit

/// The settings that source and sink share.
enum ConnectionConfig {
    static let url = Setting.password(
        "connection.url",
        "Where the database is: a libpq URI or libpq keywords; a leading `jdbc:` is passed over. Host lists, TLS "
            + "(`sslmode`, `sslrootcert`), `options` and all else that libpq knows belong here. It is never shown, since it "
            + "may hold a password."
    ).example("postgresql://db.example.com:5432/events?sslmode=verify-full").group("Connection")
    static let user = Setting.string("connection.user", "User, before that of the URL.").optional.group("Connection")
    static let password = Setting.password("connection.password", "Password, before that of the URL.").optional
        .group("Connection")
    static let timeout = Setting.duration(
        "connection.timeout.ms", in: .milliseconds(100)...Duration.seconds(3600),
        "The longest wait for a connection or for one answer; then the connection counts as lost. "
            + "Locks of other sessions are waited for a sixth of it."
    ).defaulting(to: .seconds(60)).group("Connection")

    static let settings: [any AnySetting] = [url, user, password, timeout]
    static let rule: ConfigDefinition.Rule = {
        ConnectionSettings.isAddress($0[url]) ? nil : ("connection.url", ConnectionSettings.addressFault)
    }
}

/// How to reach a database.
struct ConnectionSettings: Sendable {
    let url: Secret
    let user: String?
    let password: Secret?
    let timeout: Duration

    init(url: Secret, user: String?, password: Secret?, timeout: Duration) {
        self.url = url
        self.user = user
        self.password = password
        self.timeout = timeout
    }

    init(_ values: ConfigValues) {
        self.init(
            url: values[ConnectionConfig.url], user: values[ConnectionConfig.user],
            password: values[ConnectionConfig.password], timeout: values[ConnectionConfig.timeout])
    }

    static let addressFault =
        "connection.url was not understood (it is not shown, since it may hold a password); expected "
        + "postgresql://user@host:5432/database or host=… dbname=…"

    /// libpq's keywords: of two the later counts, and `dbname` stands for all of the address.
    var keywords: [(String, String)] {
        var keywords = [("fallback_application_name", "sluice"), ("dbname", Self.address(url))]
        if let user { keywords.append(("user", user)) }
        if let password { keywords.append(("password", password.revealed)) }
        return keywords + [("client_encoding", "UTF8")]
    }

    /// Whether libpq understands the address.
    static func isAddress(_ url: Secret) -> Bool {
        let text = address(url)
        guard text.contains("=") || text.contains("://"), let options = unsafe PQconninfoParse(text, nil) else {
            return false
        }
        unsafe PQconninfoFree(options)
        return true
    }

    private static func address(_ url: Secret) -> String {
        let text = url.revealed
        return text.hasPrefix("jdbc:") ? String(text.dropFirst(5)) : text
    }
}
