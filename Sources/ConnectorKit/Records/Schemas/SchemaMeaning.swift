/// What a value stands for, as its schema's name says it; the semantic types of Kafka Connect and Debezium.
public enum SchemaMeaning: Sendable, Hashable {
    /// What its type says and no more; so are structs of any name.
    case plain
    /// Whole days since 1970-01-01.
    case date
    /// Ticks since midnight.
    case time(perSecond: Int64)
    /// Ticks since 1970-01-01 UTC.
    case timestamp(perSecond: Int64)
    /// An ISO 8601 text with a time zone: a date, a time, or both.
    case dateText, timeText, timestampText
    /// A number of this many places; in a record it is a number already.
    case decimal(scale: Int)
    /// A struct of `scale` and the unscaled number's bytes as `value`.
    case variableScaleDecimal
    /// A text that is JSON.
    case json
    case xml, uuid, enumeration
    /// Texts with a comma between them.
    case enumerationSet
    /// Bytes of which the lowest bit of the first is the last of the bit string; how many bits there are, 0 when that is not said.
    case bits(count: Int)
    /// A whole number.
    case year
    /// An ISO 8601 text, as `P1Y2M3DT4H5M6.7S`.
    case interval
    /// Ticks.
    case duration(perSecond: Int64)
    /// A struct of `x`, `y`, and perhaps what a geometry has.
    case point
    /// A struct of the bytes `wkb` and perhaps `srid`.
    case geometry
    /// A list of numbers.
    case vector
    /// A struct of `dimensions` and pairs of place and number as `vector`.
    case sparseVector
    /// A text of a type of its database, as `tsvector`.
    case databaseText
    /// Null stands for JSON's null, and not for no value: ``Schema/jsonNull``.
    case jsonNull
    /// A name of Kafka Connect or Debezium that is not known here, or does not fit the type.
    case unknown(String)

    static let decimalName = "org.apache.kafka.connect.data.Decimal"
    private static let jsonNullName = "sluice.JSONNull"

    init(name: String?, type: SchemaType, _ parameters: [String: String]) {
        guard let name else {
            self = .plain
            return
        }
        let isFamily = name.hasPrefix("org.apache.kafka.connect.data.") || name.hasPrefix("io.debezium.")
        guard isFamily else {
            self = name == Self.jsonNullName ? .jsonNull : .plain
            return
        }
        if name == Self.decimalName || name == "io.debezium.data.Bits" {
            self = Self.parameterized(name, type, parameters)
        } else if let known = Self.known[name], known.types.contains(type.name) {
            self = known.meaning
        } else if case .structure = type, Self.known[name] == nil {
            // An event's own structs, as io.debezium.connector.postgresql.Source.
            self = .plain
        } else {
            self = .unknown(name)
        }
    }

    /// Whether it is a name that is not known, or does not fit.
    public var isUnknown: Bool { if case .unknown = self { true } else { false } }

    private static func parameterized(_ name: String, _ type: SchemaType, _ parameters: [String: String]) -> Self {
        guard type == .bytes else { return .unknown(name) }
        if name != decimalName { return .bits(count: parameters["length"].flatMap { Int($0) } ?? 0) }
        guard let scale = parameters["scale"].flatMap({ Int($0) }), UnscaledDecimal.scales.contains(scale) else {
            return .unknown(name)
        }
        return .decimal(scale: scale)
    }

    private static let known: [String: (meaning: SchemaMeaning, types: Set<String>)] = {
        let (milli, micro, nano): (Int64, Int64, Int64) = (1000, 1_000_000, 1_000_000_000)
        let whole: Set = ["int32", "int64"]
        let connect: [String: (SchemaMeaning, Set<String>)] = [
            "Date": (.date, whole), "Time": (.time(perSecond: milli), whole),
            "Timestamp": (.timestamp(perSecond: milli), whole),
        ]
        let time: [String: (SchemaMeaning, Set<String>)] = [
            "Date": (.date, whole), "Time": (.time(perSecond: milli), whole),
            "MicroTime": (.time(perSecond: micro), whole),
            "NanoTime": (.time(perSecond: nano), whole), "Timestamp": (.timestamp(perSecond: milli), whole),
            "MicroTimestamp": (.timestamp(perSecond: micro), whole),
            "NanoTimestamp": (.timestamp(perSecond: nano), whole),
            "ZonedTime": (.timeText, ["string"]), "ZonedTimestamp": (.timestampText, ["string"]),
            "IsoDate": (.dateText, ["string"]), "IsoTime": (.timeText, ["string"]),
            "IsoTimestamp": (.timestampText, ["string"]),
            "Year": (.year, whole), "Interval": (.interval, ["string"]),
            "MicroDuration": (.duration(perSecond: micro), whole),
            "NanoDuration": (.duration(perSecond: nano), whole),
        ]
        let structure: Set = ["struct"]
        let data: [String: (SchemaMeaning, Set<String>)] = [
            "Json": (.json, ["string"]), "Xml": (.xml, ["string"]), "Uuid": (.uuid, ["string"]),
            "Enum": (.enumeration, ["string"]), "EnumSet": (.enumerationSet, ["string"]),
            "Ltree": (.databaseText, ["string"]),
            "TsVector": (.databaseText, ["string"]), "VariableScaleDecimal": (.variableScaleDecimal, structure),
            "geometry.Point": (.point, structure), "geometry.Geometry": (.geometry, structure),
            "geometry.Geography": (.geometry, structure), "DoubleVector": (.vector, ["array"]),
            "FloatVector": (.vector, ["array"]),
            "SparseVector": (.sparseVector, structure), "SparseDoubleVector": (.sparseVector, structure),
        ]
        var known: [String: (meaning: SchemaMeaning, types: Set<String>)] = [:]
        for (family, names) in [
            ("org.apache.kafka.connect.data.", connect), ("io.debezium.time.", time), ("io.debezium.data.", data),
        ] {
            for (name, entry) in names { known[family + name] = (entry.0, entry.1) }
        }
        return known
    }()
}

extension Schema {
    /// Marks a null as JSON's, for columns that know two.
    public static let jsonNull = Schema(.string, isOptional: true, name: "sluice.JSONNull")
}
