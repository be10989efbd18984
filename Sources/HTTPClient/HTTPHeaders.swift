/// Header fields in the order they came: names without case, repeats kept (RFC 9110 section 5).
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Hashable {
        /// As it was written.
        public let name: String
        /// Without white space around it; may be empty.
        public let value: String
    }

    /// The field lines in order.
    public private(set) var fields: [Field] = []

    /// No fields.
    public init() {}

    /// Fields in the order of the literal; equal names are kept.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Appends a field line.
    public mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// The value of the first field of this name; nil when there is none.
    public subscript(_ name: String) -> String? { fields.first { Self.same($0.name, name) }?.value }

    /// The values of every field of this name, in order.
    public func all(_ name: String) -> [String] { fields.lazy.filter { Self.same($0.name, name) }.map(\.value) }

    /// The first field of this name as a whole number; nil when it is missing or anything else.
    public func int(_ name: String) -> Int64? { self[name].flatMap { Int64($0) } }

    /// Field names are ASCII, so only its letters fold.
    private static func same(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).allSatisfy { $0 == $1 || (lower($0) == lower($1)) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
