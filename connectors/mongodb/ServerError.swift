import CMongo
import ConnectorKit

/// What the server or the connection to it answered instead of doing what was asked.
struct ServerError: Error {
    /// What the failure means, from MongoDB's `error_codes.yml`.
    enum Meaning {
        /// The server was not reached, or is not able to for now.
        case busy
        /// A document cannot be stored.
        case badDocument
        /// A name, a password, a permission or a setting is wrong.
        case configuration
        /// Anything else.
        case other
    }

    /// The server's code, or libmongoc's; 0 when there is none.
    let code: Int
    /// What happened, without a line break; never a secret, nor anything of a document.
    let message: String
    /// The server's own words where they may quote a document.
    private(set) var detail: String?
    let meaning: Meaning
    /// Whether it is not known if a commit happened.
    var isUnknownCommit = false

    init(_ message: String, code: Int = 0, _ meaning: Meaning) {
        self.message = Self.line(message)
        self.code = code
        self.meaning = meaning
    }

    /// A failed call, with the server's reply if there was one.
    init(_ error: bson_error_t, reply: BSONDocument?) {
        var error = error
        let text = unsafe withUnsafePointer(to: &error) { unsafe String(cString: sluice_mongo_text($0)) }
        let labels = reply?["errorLabels"]?.document?.elements.compactMap(\.string) ?? []
        let isServers =
            error.domain == UInt32(MONGOC_ERROR_SERVER.rawValue)
            || error.domain == UInt32(MONGOC_ERROR_WRITE_CONCERN.rawValue)
        let code = Int(error.code)
        self.code = code
        isUnknownCommit = labels.contains("UnknownTransactionCommitResult")
        if labels.contains("TransientTransactionError") || labels.contains("RetryableWriteError") {
            meaning = .busy
        } else {
            meaning = isServers ? Self.meaning(of: code) : Self.meaning(domain: error.domain, code: error.code, text)
        }
        message = text.isEmpty ? "the server gave no reason" : Self.withoutDocument(text, code)
        if message != Self.line(text) { detail = Self.line(text) }
    }

    /// What the server says of a document that it refuses.
    init(quoting text: String, code: Int, _ meaning: Meaning) {
        self.init(Self.withoutDocument(text, code), code: code, meaning)
        detail = Self.line(text)
    }

    /// The server's words up to where they begin to quote a document; only the code, where they quote it first or put its
    /// values among their own words.
    private static func withoutDocument(_ text: String, _ code: Int) -> String {
        let isOwn = code == 11000 || code == 11001 || code == 121 || !badDocument.contains(code)
        guard isOwn, let end = text.prefix(while: { $0 != "{" }).lastIndex(where: { !$0.isWhitespace && $0 != ":" })
        else { return "the server refuses it with code \(code)" }
        return Self.line(String(text[...end]))
    }

    /// Goes by the server's code.
    static func meaning(of code: Int) -> Meaning {
        if busy.contains(code) { return .busy }
        if configuration.contains(code) { return .configuration }
        return badDocument.contains(code) ? .badDocument : .other
    }

    private static let busy: Set<Int> = [
        6, 7, 24, 43, 46, 50, 63, 64, 75, 89, 91, 112, 117, 125, 133, 134, 136, 175, 189, 202, 225, 234, 237, 246, 251,
        262, 267, 290, 317, 358, 384, 391, 402, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436, 14031,
    ]
    private static let configuration: Set<Int> = [
        8, 11, 13, 18, 20, 26, 31, 33, 48, 59, 72, 73, 79, 92, 93, 100, 115, 166, 263, 303, 323, 8000,
    ]
    private static let badDocument: Set<Int> = [
        2, 9, 14, 15, 16, 21, 22, 52, 53, 54, 55, 56, 57, 66, 121, 10334, 11000, 11001, 12582, 17280, 17419, 17420,
    ]

    /// Goes by where in libmongoc it failed.
    private static func meaning(domain: UInt32, code: UInt32, _ text: String) -> Meaning {
        if !text.contains("timeout"), permanent.contains(where: text.contains) { return .configuration }
        switch domain {
        case UInt32(MONGOC_ERROR_STREAM.rawValue), UInt32(MONGOC_ERROR_SERVER_SELECTION.rawValue): return .busy
        case UInt32(MONGOC_ERROR_CLIENT.rawValue):
            return code == UInt32(MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue) ? .configuration : .other
        case UInt32(MONGOC_ERROR_SASL.rawValue), UInt32(MONGOC_ERROR_SCRAM.rawValue): return .configuration
        case UInt32(MONGOC_ERROR_BSON.rawValue): return .badDocument
        default: return .other
        }
    }

    /// What OpenSSL says of a certificate that nobody vouches for, of a server that does not speak TLS, and of one that refuses
    /// to: none of it mends itself, as a handshake that was cut off does.
    private static let permanent = ["certificate", "verification", "wrong version number", " alert "]

    private static func line(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 }.prefix(500))
    }
}

extension ServerError {
    /// Whether another transaction holds a document, or changed it since this one began.
    var isWriteConflict: Bool { code == 112 }

    /// What the worker is told.
    func connectorError(_ what: String) -> ConnectorError {
        let kind: ConnectorError.Kind =
            switch meaning {
            case .busy: .retriable
            case .badDocument: .rejected
            case .configuration: .configuration
            case .other: .fatal
            }
        return ConnectorError(kind, "\(what): \(message)", detail: detail, native: code == 0 ? nil : String(code))
    }
}
