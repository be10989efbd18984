public import ConnectorKit

/// A sink to check, and the system behind it.
public protocol SinkSubject: Sendable {
    /// The sink.
    var definition: SinkDefinition { get }
    /// What this sink promises.
    var traits: SinkTraits { get }
    /// A fresh and empty place to write to, such as a table or a folder of its own; each check asks for one.
    func makePlace() async throws -> any SinkPlace
}

/// Where a sink writes during one check.
public protocol SinkPlace: AnyObject, Sendable {
    /// The sink's settings for this place, a JSON object.
    var settings: String { get }
    /// The topic that the records have; nil for none.
    var topic: String? { get }
    /// What the system holds now, asked of it directly and not through the sink.
    func records() async throws -> [SampleRecord]
}

extension SinkPlace {
    /// No topic.
    public var topic: String? { nil }
}

/// What a sink promises, and so what is checked.
public struct SinkTraits: Sendable {
    /// What a tombstone (a record whose value is null) does.
    public enum Tombstones: Sendable {
        /// It is written like any other record.
        case kept
        /// It deletes what was written under its key.
        case delete
        /// It is refused.
        case refused
    }

    /// What a tombstone does.
    public var tombstones = Tombstones.kept
    /// Whether keys can be read back.
    public var keepsKeys = false
    /// Whether records can be read back in the order they were written in.
    public var keepsOrder = false
    /// Whether null fields are read back as absent ones, or absent ones as null.
    public var mixesNullAndAbsent = false
    /// Whether everything can be read back once it is durable; false where it shows later, as a file does once it is full.
    public var showsFlushed = true
    /// Whether the sink stores positions with its data and hands them back at its start.
    public var storesPositions = false
    /// Whether it stores positions and takes over partitions, with ``Sink/claim(_:)``.
    public var claimsPartitions = false
    /// A value, as JSON, that the system refuses among good ones; nil when it takes every JSON value.
    public var refused: String?
    /// The size of the largest value tried, in bytes.
    public var largest = 1 << 20
    /// Settings that lead to no system, a JSON object; nil when there is no such thing.
    public var unreachable: String?
    /// Texts in the settings that nobody may ever see.
    public var secrets: [String] = []

    /// A sink that promises nothing special.
    public init() {}
}
