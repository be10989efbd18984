import ConnectorKit

/// Settings of the `emulator` source.
struct EmulatorConfig: Sendable {
    static let kinds = Setting.list(
        "kinds",
        "What to make, in turn: `posts` (pins of a picture board), `geolocation` and `users` (of the same row), `github` "
            + "(events of about 1.1 KB) and `counter` (`{\"n\":0}` and on)."
    ).example("posts,geolocation,users").defaulting(to: []).checked { Self.fault(in: $0) }
    static let replayPath = Setting.path(
        "replay.path",
        "An NDJSON or CSV file (`.csv`) to repeat without end, in place of `kinds`; at most 1 GiB of text."
    ).optional
    static let seed = Setting.int("seed", in: 0...Int.max, "The same seed gives the same records.").defaulting(to: 1)
    static let rate = Setting.double(
        "records.per.second", in: 0.001...1e9, "Records a second, of all tasks together; without it as many as go."
    ).optional
    static let maximumRecords = Setting.int(
        "max.records", in: 0...Int.max, "Records after which the source ends, of all tasks and runs together."
    ).optional
    static let maximumDuration = Setting.duration(
        "max.duration.ms", in: .milliseconds(1)...Duration.seconds(Int32.max), "Time after which the source ends."
    ).optional
    static let topicPrefix = Setting.string(
        "topic.prefix", "What stands before the kind in the topic: `emulator.posts`; `replay` for `replay.path`."
    ).defaulting(to: "emulator.")

    static let definition = ConfigDefinition(
        [kinds, replayPath, seed, rate, maximumRecords, maximumDuration, topicPrefix],
        rules: [
            { values in
                switch (values[kinds].isEmpty, values[replayPath] == nil) {
                case (true, true): ("kinds", "the emulator needs kinds or replay.path, to know what to make")
                case (false, false): ("replay.path", "kinds and replay.path are both set; remove one")
                default: nil
                }
            }
        ])

    let kinds: [Kind]
    let replayPath: String?
    let seed: UInt64
    let rate: Double?
    let maximumRecords: Int?
    let maximumDuration: Duration?
    let topics: [FieldName]

    init(_ values: ConfigValues) {
        kinds = values[Self.kinds].compactMap(Kind.init(rawValue:))
        replayPath = values[Self.replayPath]
        seed = UInt64(values[Self.seed])
        rate = values[Self.rate]
        maximumRecords = values[Self.maximumRecords]
        maximumDuration = values[Self.maximumDuration]
        let prefix = values[Self.topicPrefix]
        let names = kinds.isEmpty ? ["replay"] : kinds.map(\.rawValue)
        topics = names.map { FieldName(interning: prefix + $0) }
    }

    private static func fault(in words: [String]) -> String? {
        let names = Kind.allCases.map(\.rawValue)
        guard let wrong = words.first(where: { !names.contains($0) }) else { return nil }
        return "kinds names \"\(wrong)\"; expected some of \(names.joined(separator: ", "))"
    }
}

/// What the emulator can make.
enum Kind: String, Sendable, CaseIterable {
    case posts
    case geolocation
    case users
    case github
    case counter
}
