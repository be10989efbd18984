/// A moment in a deployment's history of changes: seconds since 1970 in the upper half, a count within the second in the
/// lower.
enum OperationTime {
    /// Reads whole seconds, an ISO 8601 date or an extended JSON timestamp; nil when the text is none of them.
    static func parse(_ text: String) -> UInt64? {
        if let seconds = UInt32(text) { return UInt64(seconds) << 32 }
        if text.hasPrefix("{") { return timestamp(text) }
        var text = text
        let milliseconds = text.withUTF8 { unsafe ISODate.milliseconds($0) }
        return milliseconds.flatMap { UInt32(exactly: $0 / 1000) }.map { UInt64($0) << 32 }
    }

    private static func timestamp(_ json: String) -> UInt64? {
        guard let value = BSONDocument(extendedJSON: "{\"v\":\(json)}")?["v"], value.type == BSONType.timestamp else {
            return nil
        }
        return value.payload.int64.map(UInt64.init(bitPattern:))
    }
}
