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
        ConnectionSettings.fault(in: $0[url]).map { ("connection.url", $0) }
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

    private static let addressFault =
        "connection.url was not understood (it is not shown, since it may hold a password); expected "
        + "postgresql://user@host:5432/database or host=… dbname=…"

    private static let passwordFault =
        "connection.url has a user or password that ends too early (it is not shown); write @ as %40, : as %3A, / as %2F and "
        + "% as %25 within them, or give connection.user and connection.password"

    /// libpq's keywords: of two the later counts, and `dbname` stands for all of the address.
    var keywords: [(String, String)] {
        var keywords = [("fallback_application_name", "sluice"), ("dbname", Self.address(url))]
        if let user { keywords.append(("user", user)) }
        if let password { keywords.append(("password", password.revealed)) }
        return keywords + [("client_encoding", "UTF8")]
    }

    /// What is wrong with an address; nil when libpq understands it.
    static func fault(in url: Secret) -> String? {
        let text = address(url)
        guard text.contains("=") || text.contains("://"), let options = unsafe PQconninfoParse(text, nil) else {
            return addressFault
        }
        defer { unsafe PQconninfoFree(options) }
        let ports = unsafe ConnectionOptions.value("port", options) ?? ""
        return isPasswordCut(in: text, ports) ? passwordFault : nil
    }

    /// Whether libpq would take a part of a URI's password for host, port or database, which errors show.
    private static func isPasswordCut(in text: String, _ ports: String) -> Bool {
        guard let start = text.firstRange(of: "://")?.upperBound else { return false }
        if !ports.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ",") }) { return true }
        let at = UInt8(ascii: "@")
        let place = text[start...].utf8.prefix { $0 != UInt8(ascii: "?") }
        let authority = place.prefix { $0 != UInt8(ascii: "/") }
        return place.count { $0 == at } > (authority.contains(at) ? 1 : 0)
    }

    private static func address(_ url: Secret) -> String {
        let text = url.revealed
        return text.hasPrefix("jdbc:") ? String(text.dropFirst(5)) : text
    }
}
