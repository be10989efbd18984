public import ConnectorKit

/// A source to check, and the system behind it.
public protocol SourceSubject: Sendable {
    /// The source.
    var definition: SourceDefinition { get }
    /// What this source promises.
    var traits: SourceTraits { get }
    /// A fresh place that holds these records, in this order; a source that makes its own ignores them.
    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace
}

/// Where a source reads from during one check.
public protocol SourcePlace: AnyObject, Sendable {
    /// The source's settings for this place, a JSON object.
    var settings: String { get }
    /// What the source must read, in order.
    var expected: [SampleRecord] { get }
}

/// What a source promises, and so what is checked.
public struct SourceTraits: Sendable {
    /// Whether the place can hold any record that a check wants; false for a source that makes its own.
    public var holdsAnything = true
    /// Whether tombstones can be read.
    public var readsTombstones = false
    /// Whether keys can be read.
    public var readsKeys = false
    /// Whether null fields come as absent ones, or absent ones as null.
    public var mixesNullAndAbsent = false
    /// Whether a restart at any mark repeats nothing; false when it may repeat records, though never lose any.
    public var isExact = true
    /// The size of the largest value tried, in bytes.
    public var largest = 1 << 20
    /// Settings that lead to no system, a JSON object; nil when there is no such thing.
    public var unreachable: String?
    /// Texts in the settings that nobody may ever see.
    public var secrets: [String] = []

    /// A source that promises nothing special.
    public init() {}
}
