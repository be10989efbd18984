import CCurl

/// Sole owner of one curl easy handle with its connections and its error text; not for two threads at once.
@safe
struct CurlHandle: ~Copyable {
    private let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    /// Nil when curl is out of memory.
    init?() {
        guard Self.isLibraryReady, let raw = unsafe curl_easy_init() else { return nil }
        unsafe self.raw = unsafe raw
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(raw)
        unsafe errorText.deallocate()
    }

    /// `curl_global_init` is called once, before any handle.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// Forgets every option; its connections and TLS sessions stay.
    borrowing func reset() {
        unsafe curl_easy_reset(raw)
        unsafe errorText.pointee = 0
        _ = unsafe sluice_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
    }

    borrowing func set(_ option: CURLoption, _ value: Int) { _ = unsafe sluice_curl_set_long(raw, option, value) }

    borrowing func set(_ option: CURLoption, size: Int) {
        _ = unsafe sluice_curl_set_size(raw, option, curl_off_t(size))
    }

    /// curl copies the text.
    borrowing func set(_ option: CURLoption, _ value: String) {
        _ = unsafe sluice_curl_set_string(raw, option, value)
    }

    /// curl copies the bytes, so that a redirect can send them again.
    borrowing func setBody(_ bytes: [UInt8]) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, size: bytes.count)
        unsafe bytes.withUnsafeBytes { bytes in
            // An empty array may have no address, which curl would take for "read it from stdin".
            guard let base = bytes.baseAddress else { return set(CURLOPT_COPYPOSTFIELDS, "") }
            _ = unsafe sluice_curl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: base))
        }
    }

    /// Runs the exchange: `transfer` receives what comes, `headers` are sent.
    borrowing func perform(_ transfer: Transfer, headers: borrowing CurlHeaderList) -> CURLcode {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        unsafe headers.withRaw { _ = unsafe sluice_curl_set_headers(raw, $0) }
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA] {
            _ = unsafe sluice_curl_set_pointer(raw, option, context)
        }
        _ = unsafe sluice_curl_set_data(raw, CURLOPT_WRITEFUNCTION, receivedBody)
        _ = unsafe sluice_curl_set_data(raw, CURLOPT_HEADERFUNCTION, receivedHeader)
        _ = unsafe sluice_curl_set_progress(raw, askedToGoOn)
        return withExtendedLifetime(transfer) { unsafe curl_easy_perform(raw) }
    }

    /// What curl has to say about the last failure; its general sentence when it said nothing.
    borrowing func explanation(of code: CURLcode) -> String {
        let text = unsafe String(cString: errorText)
        return text.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : text
    }

    /// The status of the last response; 0 when there was none.
    var status: Int {
        var value = 0
        _ = unsafe sluice_curl_get_long(raw, CURLINFO_RESPONSE_CODE, &value)
        return value
    }

    /// The address of the last response, after redirects.
    var effectiveURL: String? {
        var value: UnsafePointer<CChar>?
        guard unsafe sluice_curl_get_string(raw, CURLINFO_EFFECTIVE_URL, &value) == CURLE_OK else { return nil }
        return unsafe value.map { unsafe String(cString: $0) }
    }
}

// The three functions run on the thread inside `perform`, which keeps the transfer alive.

private func receivedBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let chunk = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer(context)?.receive(body: chunk) == true ? chunk.count : 0
}

private func receivedHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer(context)?.receive(headerLine: line) == true ? line.count : 0
}

private func askedToGoOn(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    unsafe transfer(context)?.isCancelled == false ? 0 : 1
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    unsafe context.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}
