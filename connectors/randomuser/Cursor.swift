import ConnectorKit

/// The place in the endless list of users: decides what to ask next and what a position holds; does no I/O.
struct UserCursor: Sendable, Hashable {
    /// Nil when the service draws one for each request, since a gender is asked for.
    let seed: String?
    /// How often all pages have been gone through.
    private(set) var round: Int
    private(set) var page: Int
    /// Users of the page that were passed on.
    private(set) var index: Int
    /// Users passed on since the first start.
    private(set) var count: Int

    /// The service answers any later page with the first.
    static let lastPage = 10_000

    /// Continues at the stored offset; an unusable one counts as none.
    ///
    /// - Parameter drawn: The seed of a first start whose settings give none.
    init(_ config: RandomUserConfig, offset: PositionFields?, drawn: String) {
        let isUsable = offset?["page"]?.int.map { (1...Int64(Self.lastPage)).contains($0) } == true
        let stored = isUsable ? offset : nil
        seed = config.gender != nil ? nil : config.seed ?? stored?["seed"]?.string ?? drawn
        round = Self.whole(stored, "round") ?? 0
        page = Self.whole(stored, "page") ?? config.page
        index = Self.whole(stored, "index") ?? 0
        count = Self.whole(stored, "count") ?? 0
    }

    /// The seed to send in this round.
    ///
    /// The service reads a nationality out of a seed of 18 characters, so none gets that long.
    var sentSeed: String? {
        guard let seed, round > 0 else { return seed }
        let derived = "\(seed)-round-\(round)"
        return derived.count == 18 ? derived + "-" : derived
    }

    /// Notes that users were passed on.
    mutating func passed(_ users: Int) {
        index += users
        count += users
    }

    /// Notes that every user of the page was passed on.
    mutating func pageEnded() {
        index = 0
        page = page < Self.lastPage ? page + 1 : 1
        if page == 1 { round += 1 }
    }

    /// What a position covers.
    var offset: PositionFields {
        var fields: [String: PositionValue] = [
            "round": .int(Int64(round)), "page": .int(Int64(page)), "index": .int(Int64(index)),
            "count": .int(Int64(count)),
        ]
        if let seed { fields["seed"] = .string(seed) }
        return PositionFields(fields)
    }

    /// What is read: other settings make other users, whose list begins at its own start.
    static func partition(_ config: RandomUserConfig) -> PositionFields {
        let narrowing = config.narrowing.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return [
            "results": .int(Int64(config.results)), "seed": .string(config.seed ?? ""), "query": .string(narrowing),
        ]
    }

    private static func whole(_ fields: PositionFields?, _ name: String) -> Int? {
        fields?[name]?.int.flatMap { Int(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}
