import ConnectorKit
import HTTPClient

/// The checked settings of the `randomuser` source.
struct RandomUserConfig: Sendable {
    enum Gender: String, Sendable, CaseIterable {
        case female
        case male
    }

    static let results = Setting<Int>.int(
        "results", in: 1...5000, "Users for each request. The service answers a larger number with a single user."
    ).defaulting(to: 100).group("What to read")
    static let page = Setting<Int>.int("page", in: 1...10_000, "The first page.").defaulting(to: 1).group(
        "What to read")
    static let seed = Setting<String>.string("seed", "What the users are made of; the same seed gives the same users.")
        .checked { $0.isEmpty || $0.utf8.count > 200 ? "seed is empty or too long; expected 1 to 200 bytes" : nil }
        .optional.example("connect").group("What to read")
    static let nationalities = Setting<[String]>.list("nat", "Nationalities of the users; all of them by default.")
        .defaulting(to: []).example("fr,nl").group("What to read")
        .checked { fault(in: $0.map { $0.uppercased() }, "nat", known: knownNationalities) }
    static let gender = Setting<Gender>.enumeration("gender", Gender.self, "One gender only; excludes `seed`.")
        .optional.group("What to read")
    static let include = Setting<[String]>.list("inc", "Fields to ask for; all by default.")
        .defaulting(to: []).example("name,email").group("What to read")
        .checked { fault(in: $0, "inc", known: knownFields) }
    static let exclude = Setting<[String]>.list("exc", "Fields to leave out.")
        .defaulting(to: []).example("login").group("What to read")
        .checked { fault(in: $0, "exc", known: knownFields) }
    static let flatten = Setting<Bool>.bool(
        "flatten",
        """
        Whether to pass on twelve plain fields instead of the user as sent: `id` (the user's `login.uuid`), `first_name`, \
        `last_name`, `gender`, `address`, `post_code` (a number or a text, as sent), `email`, `username`, `dob`, \
        `registered_date`, `phone`, `picture`.
        """
    ).defaulting(to: false).group("Records")
    static let topic = Setting<String>.string("topic", "The topic of every record.").defaulting(to: "random-users")
        .group("Records")
    static let rate = Setting<Double>.double(
        "records.per.second", in: 0.001...1_000_000,
        "The most records a second; without it as many as the service gives."
    ).optional.group("Pace and end")
    static let maxRecords = Setting<Int>.int(
        "max.records", in: 1...Int.max, "Records before the task ends, those before a restart included."
    ).optional.group("Pace and end")
    static let maxDuration = Setting<Duration>.duration(
        "max.duration.ms", in: .milliseconds(1) ... .seconds(Int32.max), "Time after each start before the task ends."
    ).optional.group("Pace and end")
    static let endpoint = Setting<String>.httpAddress("endpoint", "The service, or a stand-in of it.")
        .defaulting(to: "https://randomuser.me").group("Connection")
    static let timeout = Setting<Duration>.duration(
        "request.timeout.ms", in: .milliseconds(1) ... .seconds(600), "How long one request may take."
    ).defaulting(to: .seconds(30)).group("Connection")

    static let definition = ConfigDefinition(
        [
            results, page, seed, nationalities, gender, include, exclude, flatten, topic, rate, maxRecords, maxDuration,
            endpoint, timeout,
        ],
        rules: [
            { values in
                guard values[gender] != nil, values[seed] != nil else { return nil }
                return (
                    "gender", "gender and seed exclude each other: the service ignores gender beside a seed; remove one"
                )
            }
        ])

    let results: Int
    let page: Int
    let seed: String?
    let flatten: Bool
    let topic: String
    let rate: Double?
    let maxRecords: Int?
    let maxDuration: Duration?
    let endpoint: HTTPURL
    let timeout: Duration
    let gender: Gender?
    /// What narrows the users, in one spelling: `gender`, `nat`, `inc`, `exc`.
    let narrowing: [(name: String, value: String)]

    init(_ values: ConfigValues) throws {
        results = values[Self.results]
        page = values[Self.page]
        seed = values[Self.seed]
        flatten = values[Self.flatten]
        topic = values[Self.topic]
        rate = values[Self.rate]
        maxRecords = values[Self.maxRecords]
        maxDuration = values[Self.maxDuration]
        endpoint = try HTTPURL(values[Self.endpoint])
        timeout = values[Self.timeout]
        gender = values[Self.gender]
        narrowing = [
            ("gender", values[Self.gender]?.rawValue ?? ""),
            ("nat", values[Self.nationalities].map { $0.lowercased() }.joined(separator: ",")),
            ("inc", values[Self.include].joined(separator: ",")), ("exc", values[Self.exclude].joined(separator: ",")),
        ].filter { !$0.1.isEmpty }
    }

    /// The service ignores names it does not know and sends everything, so they are refused here.
    private static func fault(in names: [String], _ setting: String, known: [String]) -> String? {
        names.first { !known.contains($0) }.map {
            "\(setting) holds \"\($0.prefix(40))\"; expected names among \(known.joined(separator: ", "))"
        }
    }

    private static let knownNationalities = [
        "AU", "BR", "CA", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IN", "IR", "MX", "NL", "NO", "NZ", "RS",
        "TR",
        "UA", "US",
    ]
    private static let knownFields = [
        "gender", "name", "location", "email", "login", "dob", "registered", "phone", "cell", "id", "picture", "nat",
    ]
}
