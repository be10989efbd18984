/// One JSON value of a configuration, with the place it was read from.
public struct ConfigNode: Sendable, Hashable {
    /// What stands there.
    public indirect enum Content: Sendable, Hashable {
        /// `null`.
        case null
        /// `true` or `false`.
        case bool(Bool)
        /// A number, as written.
        case number(String)
        /// A string.
        case string(String)
        /// A list.
        case array([ConfigNode])
        /// Members in the order written; no name stands twice.
        case object([ConfigMember])
    }

    /// What stands there.
    public let content: Content
    /// Where it stands.
    public let location: ConfigLocation
    /// The text as written, `${env:NAME}`, when `content` was resolved from variables and must not be shown; nil otherwise.
    public let written: String?

    /// Places a value.
    public init(_ content: Content, at location: ConfigLocation = ConfigLocation(), written: String? = nil) {
        self.content = content
        self.location = location
        self.written = written
    }

    /// The members of an object; nil for anything else.
    public var members: [ConfigMember]? { if case .object(let members) = content { members } else { nil } }

    /// The elements of a list; nil for anything else.
    public var elements: [ConfigNode]? { if case .array(let elements) = content { elements } else { nil } }

    /// The member of this name; nil when this is no object or has none.
    public subscript(_ name: String) -> ConfigNode? { members?.first { $0.name == name }?.value }

    /// A scalar as text: strings as they are, numbers and truth values as written; nil for anything else.
    ///
    /// A flat Kafka Connect configuration writes every value as a string, so each setting reads its text.
    public var scalarText: String? {
        switch content {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// What this is, for a message: `a string`, `an object`.
    public var kindName: String {
        switch content {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// One member of a configuration object.
public struct ConfigMember: Sendable, Hashable {
    /// The member's name.
    public let name: String
    /// Where the name stands.
    public let nameLocation: ConfigLocation
    /// The member's value.
    public let value: ConfigNode

    /// Names a value.
    public init(name: String, nameLocation: ConfigLocation, value: ConfigNode) {
        self.name = name
        self.nameLocation = nameLocation
        self.value = value
    }
}

/// A place in a configuration.
public struct ConfigLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file; nil for text that came from elsewhere.
    public let file: String?
    /// Counted from 1; 0 when unknown.
    public let line: Int
    /// In characters, counted from 1; 0 when unknown.
    public let column: Int
    /// RFC 6901 pointer from the top of the file; empty at the top.
    public let pointer: String

    /// Names a place.
    public init(file: String? = nil, line: Int = 0, column: Int = 0, pointer: String = "") {
        self.file = file
        self.line = line
        self.column = column
        self.pointer = pointer
    }

    /// `file:line:column`, leaving out what is unknown.
    public var description: String {
        guard line > 0 else { return file ?? "" }
        return "\(file ?? "config"):\(line):\(column)"
    }
}

/// Something wrong with a configuration.
public struct ConfigProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where.
    public let location: ConfigLocation
    /// What is wrong, what was expected and what to do, in one sentence; never a secret.
    public let message: String

    /// Describes a problem.
    public init(_ message: String, at location: ConfigLocation) {
        self.location = location
        self.message = message
    }

    /// `file:line:column: /pointer: message`, leaving out what is unknown.
    public var description: String {
        [location.description, location.pointer, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
