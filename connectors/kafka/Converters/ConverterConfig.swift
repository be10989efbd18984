import ConnectorKit

/// The settings of one converter, under its name.
struct ConverterSettings: Sendable {
    let name: String
    private let converter: Setting<String>
    private let schemas: Setting<Bool?>
    private let decimals: Setting<DecimalFormat>
    private let cacheSize: Setting<Int>
    private let replacesNull: Setting<Bool>
    private let needless: [any AnySetting]

    /// - Parameters:
    ///   - name: `key.converter`.
    ///   - short: The converter when none is set.
    init(_ name: String, _ short: Converter, _ documentation: String) {
        self.name = name
        converter = Setting.string(
            name,
            "\(documentation) `json`, `string`, `bytes`, `short`, `integer`, `long`, `float`, `double`, `boolean`, `simple` "
                + "(text, read as JSON where it is some), or the name of Kafka Connect's class."
        ).defaulting(to: short.rawValue).group("Converters").checked { text in
            Converter(named: text) == nil
                ? "\(name) is \"\(text)\"; expected one of \(Converter.allCases.map(\.rawValue).joined(separator: ", ")), or "
                    + "a converter class of org.apache.kafka.connect" : nil
        }
        schemas = Setting.bool(
            "\(name).schemas.enable",
            "Whether JSON comes in Kafka Connect's envelope, `{\"schema\": …, \"payload\": …}`. Without it: false for `json`, true "
                + "for `org.apache.kafka.connect.json.JsonConverter`, as in Kafka Connect."
        ).optional.group("Converters")
        decimals = Setting.enumeration(
            "\(name).decimal.format", DecimalFormat.self, "How an envelope holds decimals; both are read."
        ).defaulting(to: .base64).group("Converters")
        cacheSize = Setting.int(
            "\(name).schemas.cache.size", in: 0...1_000_000, "Schemas of envelopes that are kept ready."
        ).defaulting(to: 1000).group("Converters")
        replacesNull = Setting.bool(
            "\(name).replace.null.with.default",
            "Whether a field of an envelope that is null, or missing, gets the default of its schema."
        ).defaulting(to: true).group("Converters")
        needless = ["converter.type", "converter.encoding"].map { option in
            Setting.string("\(name).\(option)", "Taken from Kafka Connect's configurations, without effect.").optional
                .group("Converters")
        }
    }

    var all: [any AnySetting] { [converter, schemas, decimals, cacheSize, replacesNull] + needless }

    /// The converter that is set.
    func config(_ values: ConfigValues) -> ConverterConfig {
        let text = values[converter]
        let kind = Converter(named: text) ?? .json
        let isClass = text != kind.rawValue
        return ConverterConfig(
            name: name, kind: kind, hasSchemas: kind == .json && values[schemas] ?? isClass,
            decimals: values[decimals], cacheSize: values[cacheSize], replacesNull: values[replacesNull])
    }
}

/// How an envelope holds decimals (`decimal.format` of Kafka Connect's JsonConverter).
enum DecimalFormat: String, Sendable, CaseIterable {
    /// The unscaled number's bytes in base64.
    case base64 = "BASE64"
    /// A JSON number.
    case numeric = "NUMERIC"
}

/// A converter as it is set.
struct ConverterConfig: Sendable {
    /// The setting, for messages.
    let name: String
    let kind: Converter
    /// Whether JSON comes in an envelope with its schema.
    let hasSchemas: Bool
    let decimals: DecimalFormat
    /// The most schemas kept.
    let cacheSize: Int
    /// Whether the default of a field takes the place of null.
    var replacesNull = true
}
