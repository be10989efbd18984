import CCurl

/// Sole owner of one `CURLU`, curl's parsed address.
@safe
struct CurlURL: ~Copyable {
    /// A part of an address; the C constant is `CURLUPART_…`.
    enum Part {
        case url
        case scheme
        case host
        case port
        case path
        case query

        fileprivate var code: CURLUPart {
            switch self {
            case .url: CURLUPART_URL
            case .scheme: CURLUPART_SCHEME
            case .host: CURLUPART_HOST
            case .port: CURLUPART_PORT
            case .path: CURLUPART_PATH
            case .query: CURLUPART_QUERY
            }
        }
    }

    private let raw: OpaquePointer

    /// Parses an absolute address; nil when it is none.
    static func parse(_ text: String) -> CurlURL? {
        guard let raw = unsafe curl_url() else { return nil }
        let parts = unsafe CurlURL(owning: raw)
        guard parts.set(.url, text) else { return nil }
        return parts
    }

    private init(owning raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe curl_url_cleanup(raw) }

    /// The part as text; nil when it is absent. The port of a known scheme is never absent.
    borrowing func get(_ part: Part) -> String? {
        let flags = part == .port ? UInt32(CURLU_DEFAULT_PORT) : 0
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(raw, part.code, &text, flags) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }

    /// Replaces a part; an address may be relative to the present one.
    borrowing func set(_ part: Part, _ text: String) -> Bool { set(part, text, flags: 0) }

    /// Appends to the path, percent-encoding what needs it and leaving slashes.
    borrowing func appendPath(_ text: String) -> Bool {
        guard let present = get(.path), let encoded = Self.encodePath(text) else { return false }
        return set(.path, present + encoded)
    }

    /// Adds `name=value` to the query, percent-encoding the value.
    borrowing func appendQuery(_ pair: String) -> Bool {
        set(.query, pair, flags: UInt32(CURLU_APPENDQUERY | CURLU_URLENCODE))
    }

    private borrowing func set(_ part: Part, _ text: String, flags: UInt32) -> Bool {
        // C would read up to the first NUL and send something else than was asked for.
        guard !text.utf8.contains(0) else { return false }
        return unsafe curl_url_set(raw, part.code, text, flags) == CURLUE_OK
    }

    /// Unreserved characters and slashes stay (RFC 3986 section 2.3).
    private static func encodePath(_ text: String) -> String? {
        guard !text.utf8.contains(0) else { return nil }
        let hex = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: out.append(byte)
            default: out += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
