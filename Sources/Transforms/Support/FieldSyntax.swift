internal import ConnectorKit

/// How a field in a setting is written (KIP-821).
enum FieldSyntax: String, CaseIterable {
    /// The text is the name of a field at the top.
    case literal = "V1"
    /// The text is a path; dots separate its steps.
    case path = "V2"

    static let setting = Setting.string(
        "field.syntax.version",
        """
        How fields are written: `V1` takes a field's text as the literal name of a field at the top, `V2` as a path \
        whose steps are separated by dots, with backticks around a name that has dots. In any case.
        """
    ).defaulting(to: literal.rawValue).checked { text in
        Self(text) == nil ? "field.syntax.version is \"\(text)\"; expected V1 or V2" : nil
    }

    init?(_ text: String) { self.init(rawValue: text.uppercased()) }

    init(_ values: ConfigValues) { self = Self(values[Self.setting]) ?? .literal }

    /// Reads a field that stands in `setting`.
    func path(_ text: String, in setting: String) throws(SettingFault) -> FieldPath {
        switch self {
        case .literal: return FieldPath(name: text)
        case .path:
            do throws(FieldPathError) {
                return try FieldPath(text)
            } catch {
                throw SettingFault(setting, "\(setting) has a field that is no path: \(error)")
            }
        }
    }
}

/// Kafka Connect's `replace.null.with.default`, which is about the defaults of a schema: JSON values have none.
enum NullReplacement {
    static let setting = Setting.bool(
        "replace.null.with.default",
        "Accepted for Kafka Connect's sake and without effect: JSON values carry no defaults to put in place of null."
    ).defaulting(to: true)
}
