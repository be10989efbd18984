/// One setting of a connector, transform or predicate, declared once.
///
/// The declaration gives decoding, default, range, documentation, validation, JSON Schema and the reference page. A
/// setting is required unless ``optional`` or ``defaulting(to:)`` says otherwise:
///
///     static let url = Setting.string("url", "Address to poll; http or https.").example("https://api.example.com")
///     static let pause = Setting.duration("poll.interval.ms", "Pause between two polls.").defaulting(to: .seconds(5))
public struct Setting<Value: Sendable>: AnySetting {
    /// Everything about the setting but its Swift type.
    public var declaration: SettingDeclaration
    let decode: @Sendable (ConfigNode) throws(ConfigProblem) -> Value
    let render: @Sendable (Value) -> String
    var absent: Value?

    init(
        _ name: String, _ type: SettingType, _ documentation: String,
        render: @escaping @Sendable (Value) -> String = { "\($0)" },
        decode: @escaping @Sendable (ConfigNode) throws(ConfigProblem) -> Value
    ) {
        declaration = SettingDeclaration(name: name, type: type, documentation: documentation)
        self.render = render
        self.decode = decode
    }

    /// The same setting, absent when not given.
    public var optional: Setting<Value?> {
        let decode = decode
        let render = render
        var setting = Setting<Value?>(
            declaration.name, declaration.type, declaration.documentation,
            render: { $0.map(render) ?? "" },
            decode: { node throws(ConfigProblem) in try decode(node) })
        setting.declaration = declaration
        setting.declaration.isRequired = false
        setting.absent = .some(nil)
        return setting
    }

    /// The same setting, with a value when not given.
    public func defaulting(to value: Value) -> Self {
        var setting = self
        setting.absent = value
        setting.declaration.isRequired = false
        setting.declaration.defaultText = render(value)
        return setting
    }

    /// The same setting, with an example for the reference page.
    public func example(_ text: String) -> Self {
        var setting = self
        setting.declaration.example = text
        return setting
    }

    /// The same setting, under a heading of the reference page.
    public func group(_ name: String) -> Self {
        var setting = self
        setting.declaration.group = name
        return setting
    }

    /// The same setting, in whose text `${NAME}` stands for something that the connector knows; have it refuse other names
    /// with ``checked(_:)``. In every other setting such a text is refused.
    public var template: Self {
        var setting = self
        setting.declaration.isTemplate = true
        return setting
    }

    /// The same setting, refusing values that `check` describes a fault of: a sentence of what was expected, or nil.
    public func checked(_ check: @escaping @Sendable (Value) -> String?) -> Self {
        let decode = decode
        var setting = Setting(
            declaration.name, declaration.type, declaration.documentation, render: render,
            decode: { node throws(ConfigProblem) in
                let value = try decode(node)
                if let fault = check(value) { throw ConfigProblem(fault, at: node.location) }
                return value
            })
        setting.declaration = declaration
        setting.absent = absent
        return setting
    }

    /// Decodes a given value; the default when it is absent, nil when there is none.
    public func value(from node: ConfigNode?) throws(ConfigProblem) -> (any Sendable)? {
        guard let node else { return absent }
        return try decode(node)
    }
}

/// A setting whose Swift type is not known here.
public protocol AnySetting: Sendable {
    /// Everything about the setting but its Swift type.
    var declaration: SettingDeclaration { get }
    /// Decodes a given value; nil when it is absent and has no default.
    func value(from node: ConfigNode?) throws(ConfigProblem) -> (any Sendable)?
}

/// What is declared of a setting.
public struct SettingDeclaration: Sendable, Hashable {
    /// Dotted lower case, Kafka Connect's name where it has one.
    public var name: String
    /// What it takes.
    public var type: SettingType
    /// Whether a configuration without it is refused.
    public var isRequired = true
    /// The default as text; nil when there is none.
    public var defaultText: String?
    /// What it does, units and ranges included.
    public var documentation: String
    /// The heading of the reference page it stands under.
    public var group = "General"
    /// An example value; nil for none.
    public var example: String?
    /// Whether `${NAME}` in its text is the connector's.
    public var isTemplate = false
    /// Whether its value must never be shown.
    public var isSecret: Bool { type == .password }

    init(name: String, type: SettingType, documentation: String) {
        self.name = name
        self.type = type
        self.documentation = documentation
    }
}

/// What a setting takes.
public enum SettingType: Sendable, Hashable {
    /// Any text.
    case string
    /// A whole number in a range.
    case int(ClosedRange<Int>)
    /// A number in a range.
    case double(ClosedRange<Double>)
    /// A whole number of milliseconds in a range.
    case duration(ClosedRange<Int>)
    /// A number of bytes in a range: a whole number, or text such as `16MiB`.
    case bytes(ClosedRange<Int>)
    /// `true` or `false`.
    case bool
    /// A list of texts, or one text with commas.
    case list
    /// One of these words.
    case enumeration([String])
    /// A secret text.
    case password
    /// A file system path.
    case path
    /// An object of texts, or one text of `name:value` pairs with commas.
    case map
    /// All settings whose names begin with the setting's name.
    case prefix
}
