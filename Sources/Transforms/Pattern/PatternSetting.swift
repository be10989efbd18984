internal import ConnectorKit

extension Setting where Value == String {
    /// A regular expression that ``TextPattern`` takes.
    static func patternText(_ name: String, _ documentation: String) -> Setting<String> {
        .string(name, documentation).checked { text in
            do throws(PatternError) {
                _ = try TextPattern(text)
                return nil
            } catch {
                return "\(name) \"\(text)\" cannot be used: \(error.message)"
            }
        }
    }
}
