import CCurl

/// Sole owner of a `curl_slist` of header lines.
@safe
struct CurlHeaderList: ~Copyable {
    private var list: UnsafeMutablePointer<curl_slist>?

    /// Copies the fields; nil when one holds a line break or a NUL, which would forge other fields.
    init?(_ headers: HTTPHeaders) {
        for field in headers.fields {
            guard Self.isClean(field.name), !field.name.isEmpty, Self.isClean(field.value) else { return nil }
            // curl drops a field that ends in a colon and sends an empty one for a semicolon.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            guard let longer = unsafe curl_slist_append(list, line) else { return nil }
            unsafe list = longer
        }
    }

    deinit { unsafe curl_slist_free_all(list) }

    /// The list for curl; nil when it is empty.
    borrowing func withRaw(_ body: (UnsafeMutablePointer<curl_slist>?) -> Void) { unsafe body(list) }

    private static func isClean(_ text: String) -> Bool { !text.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 } }
}
