import ConnectorKit

/// How a key or value stands in a message.
enum Converter: String, Sendable, CaseIterable {
    case json
    case string
    case bytes

    /// Writes a value as it is to stand in a message; false when it cannot.
    func write(_ value: borrowing Value, to writer: inout JSONWriter) -> Bool {
        if self != .json {
            let isBytes = unsafe value.withBytes { unsafe writer.write($0) } != nil
            if isBytes { return true }
            if self == .bytes { return false }
            let isText = unsafe value.withUTF8 { unsafe writer.write(UnsafeRawBufferPointer($0)) } != nil
            if isText { return true }
        }
        writer.write(value)
        return true
    }
}
