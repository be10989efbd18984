import ConnectorKit
import Formats

/// Makes the fields of generated records; keeps its memory from record to record.
struct RecordMaker: ~Copyable {
    let seed: UInt64
    var text = TextBuffer()

    init(seed: UInt64) { self.seed = seed }

    /// Appends the record of a row; rows of `posts`, `geolocation` and `users` with the same number belong together.
    mutating func append(_ kind: Kind, row: Int, to batch: inout RecordBatch) throws {
        let stream = UInt64(kind.stream)
        var random = SplitMix64(seed: seed, stream: stream, row: UInt64(truncatingIfNeeded: row))
        try batch.append { object in
            switch kind {
            case .counter: object.add("n", row)
            case .users: addUser(row, &random, object)
            case .geolocation: addPlace(row, &random, object)
            case .posts: addPost(row, &random, object)
            case .github: addEvent(row, &random, object)
            }
        }
    }

    private mutating func addUser(_ row: Int, _ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        object.add("ind", row)
        object.add("first_name", random.pick(Words.firstNames))
        object.add("last_name", random.pick(Words.lastNames))
        object.add("age", 20 + random.below(41))
        addTime("date_joined", from: 1_445_385_600, days: 728, &random, object)
    }

    private mutating func addPlace(_ row: Int, _ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        object.add("ind", row)
        addTime("timestamp", from: 1_508_457_600, days: 1825, &random, object)
        object.add("latitude", Double(random.below(1_800_001) - 900_000) / 10_000)
        object.add("longitude", Double(random.below(3_600_001) - 1_800_000) / 10_000)
        object.add("country", random.pick(Words.countries))
    }

    /// A time of some days from a moment on, as `2020-08-28 03:52:47`.
    private mutating func addTime(
        _ name: FieldName, from start: Int64, days: Int, _ random: inout SplitMix64, _ object: borrowing ObjectBuilder
    ) {
        text.removeAll()
        text.add(CivilTime(seconds: start + Int64(random.below(days * 86_400))), between: " ", after: "")
        unsafe object.add(name, text: text.text)
    }
}

extension Kind {
    /// Keeps the random numbers of kinds apart.
    fileprivate var stream: Int {
        switch self {
        case .posts: 1
        case .geolocation: 2
        case .users: 3
        case .github: 4
        case .counter: 5
        }
    }
}
