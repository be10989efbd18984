import CCurl

/// Reads the dates of HTTP headers.
public enum HTTPDate {
    /// Seconds since 1970 UTC of any of the three formats of RFC 9110 section 5.6.7; nil for anything else.
    public static func parse(_ text: String) -> Int64? {
        // curl reads much more, bare numbers and weekdays among it; a date of HTTP has a time of day.
        guard text.utf8.count <= 64, text.contains(":"), !text.utf8.contains(0) else { return nil }
        let seconds = unsafe curl_getdate(text, nil)
        return seconds >= 0 ? Int64(seconds) : nil
    }
}
