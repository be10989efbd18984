/// All settings of a connector, transform or predicate, and the rules between them.
public struct ConfigDefinition: Sendable {
    /// A rule between settings: the name of the setting at fault and the sentence, or nil when all is well.
    public typealias Rule = @Sendable (ConfigValues) -> (setting: String, message: String)?

    /// The settings in the order of the reference page.
    public let settings: [any AnySetting]
    let rules: [Rule]

    /// Lists settings and rules.
    public init(_ settings: [any AnySetting] = [], rules: [Rule] = []) {
        self.settings = settings
        self.rules = rules
    }

    /// What is declared, in order.
    public var declarations: [SettingDeclaration] { settings.map(\.declaration) }

    /// Checks a configuration object and decodes it.
    ///
    /// - Parameters:
    ///   - object: The configuration; names in `ignoring` belong to the worker and are passed over.
    ///   - subject: What is configured, for messages: `connector "github"`.
    /// - Throws: Every problem at once.
    public func validate(
        _ object: ConfigNode, subject: String, ignoring: Set<String> = []
    ) throws(ConfigProblems) -> ConfigValues {
        guard object.members != nil else {
            throw ConfigProblems([
                ConfigProblem("\(subject) is \(object.kindName); expected an object", at: object.location)
            ])
        }
        var problems = unknownNames(object, subject: subject, ignoring: ignoring)
        var values: [String: any Sendable] = [:]
        for setting in settings {
            do throws(ConfigProblem) {
                values[setting.declaration.name] = try decode(setting, in: object, subject: subject)
            } catch {
                let isHidden = setting.declaration.isSecret && object[setting.declaration.name] != nil
                problems.append(isHidden ? hiding(error, setting.declaration) : error)
            }
        }
        let result = ConfigValues(values)
        if problems.isEmpty { problems = broken(rules, result, in: object) }
        if !problems.isEmpty { throw ConfigProblems(problems) }
        return result
    }

    private func decode(
        _ setting: any AnySetting, in object: ConfigNode, subject: String
    ) throws(ConfigProblem) -> (any Sendable)? {
        let declaration = setting.declaration
        let given = declaration.type == .prefix ? prefixed(declaration.name, in: object) : object[declaration.name]
        if let given, case .null = given.content {
            throw ConfigProblem(
                "\(declaration.name) is null; give it a value or remove it", at: given.location)
        }
        if let value = try setting.value(from: given) { return value }
        let example = declaration.example.map { ", for example \"\(declaration.name)\": \"\($0)\"" } ?? ""
        throw ConfigProblem("\(subject) needs the setting \(declaration.name)\(example)", at: object.location)
    }

    private func prefixed(_ prefix: String, in object: ConfigNode) -> ConfigNode? {
        let members = (object.members ?? []).filter { $0.name.hasPrefix(prefix) }
        guard !members.isEmpty else { return nil }
        let renamed = members.map {
            ConfigMember(
                name: String($0.name.dropFirst(prefix.count)), nameLocation: $0.nameLocation, value: $0.value)
        }
        return ConfigNode(.object(renamed), at: object.location)
    }

    private static let mostUnknownNames = 20

    private func unknownNames(_ object: ConfigNode, subject: String, ignoring: Set<String>) -> [ConfigProblem] {
        let prefixes = declarations.filter { $0.type == .prefix }.map(\.name)
        let known = Set(declarations.map(\.name)).union(ignoring)
        let unknown = (object.members ?? []).filter { member in
            !known.contains(member.name) && !prefixes.contains(where: member.name.hasPrefix)
        }
        return unknown.prefix(Self.mostUnknownNames).map { member in
            let hint =
                nearest(member.name, in: known).map { "did you mean \"\($0)\"?" }
                ?? "it has: \(known.sorted().joined(separator: ", "))"
            return ConfigProblem("\(subject) has no setting \"\(member.name)\"; \(hint)", at: member.nameLocation)
        }
            + unknown.dropFirst(Self.mostUnknownNames).prefix(1).map { member in
                let more = unknown.count - Self.mostUnknownNames
                return ConfigProblem(
                    "\(subject) has \(more) more unknown settings from here on", at: member.nameLocation)
            }
    }

    private func hiding(_ problem: ConfigProblem, _ declaration: SettingDeclaration) -> ConfigProblem {
        ConfigProblem(
            "\(declaration.name) was not understood; expected text (its value is not shown)", at: problem.location)
    }

    private func broken(_ rules: [Rule], _ values: ConfigValues, in object: ConfigNode) -> [ConfigProblem] {
        rules.compactMap { rule in
            guard let (setting, message) = rule(values) else { return nil }
            return ConfigProblem(message, at: object[setting]?.location ?? object.location)
        }
    }
}

/// Every problem of a configuration, at least one.
public struct ConfigProblems: Error, Sendable, CustomStringConvertible {
    /// The problems in the order found.
    public let problems: [ConfigProblem]

    /// Gathers problems.
    public init(_ problems: [ConfigProblem]) { self.problems = problems }

    /// A line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Checked settings.
public struct ConfigValues: Sendable {
    private let values: [String: any Sendable]

    init(_ values: [String: any Sendable]) { self.values = values }

    /// Checks JSON text against a definition; for tests and tools.
    public init(json: String, definition: ConfigDefinition) throws {
        self = try definition.validate(try ConfigParser.parse(json), subject: "the configuration")
    }

    /// The value of a setting.
    ///
    /// The setting must stand in the definition that these values were checked with; anything else is a mistake in
    /// the connector and ends the process with a sentence that names the setting.
    public subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let value = values[setting.declaration.name] as? Value else {
            preconditionFailure("setting \(setting.declaration.name) is read but not declared in its ConfigDefinition")
        }
        return value
    }
}
