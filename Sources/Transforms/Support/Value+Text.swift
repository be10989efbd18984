internal import ConnectorKit

extension Value {
    /// Calls `body` with a string's text in UTF-8, escapes resolved; nil for anything else.
    func withString<R>(_ body: (Span<UInt8>) -> R) -> R? {
        unsafe withUTF8 { unsafe body($0.span) }
    }

    /// Calls `body` with the text of a number that was read from text; nil for anything else.
    func withNumberText<R>(_ body: (Span<UInt8>) -> R) -> R? {
        guard kind == .number else { return nil }
        return unsafe rawText.withUnsafeBytes { bytes in
            unsafe bytes.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
        }
    }
}
