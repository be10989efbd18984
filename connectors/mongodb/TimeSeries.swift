import ConnectorKit

/// How time series collections are made.
struct TimeSeries: Sendable {
    enum Granularity: String, Sendable, CaseIterable {
        case seconds
        case minutes
        case hours
    }

    private static let time = Setting.string(
        "timeseries.timefield",
        "The field with the time of a record, stored as a date; with it collections are made as time series and records inserted."
    ).optional.group("Time series")
    private static let meta = Setting.string(
        "timeseries.metafield", "The field that says which series a record belongs to."
    ).optional.group("Time series")
    private static let expiry = Setting.int(
        "timeseries.expire.after.seconds", in: 0...Int(Int32.max),
        "After how many seconds documents are removed; 0 keeps them."
    ).defaulting(to: 0).group("Time series")
    private static let granularity = Setting.enumeration(
        "timeseries.granularity", Granularity.self, "About how far the records of one series are apart."
    ).optional.group("Time series")

    static let settings: [any AnySetting] = [time, meta, expiry, granularity]

    static let rules: [ConfigDefinition.Rule] = [
        { values in
            guard values[time] == nil else { return nil }
            let given = values[meta] != nil || values[granularity] != nil || values[expiry] > 0
            return given ? ("timeseries.timefield", "time series need timeseries.timefield") : nil
        },
        { values in
            values[time] != nil && values[SinkConfig.exactlyOnce] == .required
                ? (
                    "exactly.once.support",
                    "exactly.once.support required is impossible with time series, which take no transactions"
                ) : nil
        },
        { values in
            values[time] != nil && values[SinkConfig.deletes]
                ? ("delete.on.null.values", "delete.on.null.values is impossible with time series") : nil
        },
        { values in
            guard let name = values[time] ?? values[meta] else { return nil }
            return name.isEmpty || name.contains(".") || name.utf8.contains(0)
                ? ("timeseries.timefield", "time series fields must be top-level names without dots") : nil
        },
    ]

    let timeField: String
    private let metaField: String?
    private let expiry: Int
    private let granularity: Granularity?

    /// nil when there are none.
    init?(_ values: ConfigValues) {
        guard let time = values[Self.time] else { return nil }
        timeField = time
        metaField = values[Self.meta]
        expiry = values[Self.expiry]
        granularity = values[Self.granularity]
    }

    /// Makes a collection unless it is there.
    func create(_ collection: String, over client: Client) throws(ServerError) {
        do {
            try client.run { command in
                command.add("create", collection)
                command.object("timeseries") { options in
                    options.add("timeField", timeField)
                    if let metaField { options.add("metaField", metaField) }
                    if let granularity { options.add("granularity", granularity.rawValue) }
                }
                if expiry > 0 { command.add("expireAfterSeconds", Int64(expiry)) }
            }
        } catch {
            // There already; a collection of other options takes the documents all the same.
            if error.code != 48 { throw error }
        }
    }
}
