/// What is secret within a secret setting: the credentials of an address, the values of a list of `key=value`.
enum SecretParts {
    /// Keys of addresses and connection strings whose values an operator needs to see in an error.
    private static let openKeys: Set<String> = [
        "host", "hostaddr", "port", "dbname", "user", "username", "application_name", "fallback_application_name",
        "service",
        "replicaset", "authsource", "authmechanism", "appname", "connect_timeout", "client_encoding", "options",
    ]
    /// Values that say nothing of a secret.
    private static let openWords: Set<String> = [
        "true", "false", "required", "require", "disable", "allow", "prefer", "verify-ca", "verify-full", "read-write",
        "read-only", "primary", "standby", "prefer-standby", "primaryPreferred", "secondary", "secondaryPreferred",
        "nearest",
        "majority",
    ]

    /// The parts, without those that everybody may see.
    static func of(_ secret: String) -> [String] {
        credentials(secret) + values(secret)
    }

    /// The password of `scheme://user:password@host`, and both as they are sent together.
    private static func credentials(_ text: String) -> [String] {
        guard let authority = text.firstRange(of: "://")?.upperBound else { return [] }
        let rest = text[authority...]
        guard let at = rest.lastIndex(of: "@") else { return [] }
        let pair = rest[..<at]
        guard let colon = pair.firstIndex(of: ":") else { return [] }
        return [String(pair[pair.index(after: colon)...]), String(pair)]
    }

    private static func values(_ text: String) -> [String] {
        let separators: Set<UInt8> = [
            0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "&"), UInt8(ascii: "?"), UInt8(ascii: ";"), UInt8(ascii: ","),
        ]
        return text.utf8.split(whereSeparator: separators.contains).flatMap { item -> [String] in
            guard let equals = item.firstIndex(of: UInt8(ascii: "=")) else { return [] }
            let key = String(decoding: item[..<equals], as: UTF8.self).lowercased()
            let value = String(decoding: item[item.index(after: equals)...], as: UTF8.self)
            if openKeys.contains(key) || openWords.contains(value) { return [] }
            return [value, unquoted(value), String(decoding: item, as: UTF8.self)]
        }
    }

    private static func unquoted(_ text: String) -> String {
        let quotes: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "'")]
        let start = text.utf8.drop(while: quotes.contains)
        return String(decoding: start.reversed().drop(while: quotes.contains).reversed(), as: UTF8.self)
    }
}
