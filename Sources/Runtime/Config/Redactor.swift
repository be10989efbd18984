internal import ConnectorKit

/// Takes secrets out of texts that are shown, byte by byte, in every spelling of ``SecretForms``.
public struct Redactor: Sendable {
    /// Longest first, by their first byte.
    private let forms: [UInt8: [[UInt8]]]

    /// Hides each of `secrets` of at least four bytes, and what is secret within them.
    public init(_ secrets: [String] = []) {
        let forms = secrets.reduce(into: Set<[UInt8]>()) { $0.formUnion(SecretForms.all(of: $1)) }
        self.forms = Dictionary(grouping: forms) { $0[0] }.mapValues { $0.sorted { $0.count > $1.count } }
    }

    /// The text with `[hidden]` in place of every secret.
    public func redact(_ text: String) -> String {
        if forms.isEmpty { return text }
        let bytes = Array(text.utf8)
        var shown: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if let form = forms[bytes[index]]?.first(where: { bytes[index...].starts(with: $0) }) {
                shown += Secret.placeholder.utf8
                index += form.count
            } else {
                shown.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// The text on one line, without secrets and without what steers a terminal.
    func shown(_ text: String) -> String { redact(text).escapingControls() }
}
