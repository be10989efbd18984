import ConnectorKit
import Formats

extension RecordMaker {
    /// An event of a code host's public timeline, about 1.1 KB.
    mutating func addEvent(_ row: Int, _ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        let actor = 1000 + random.below(50_000)
        let project = random.below(20_000)
        text.removeAll()
        text.add(50_000_000_000 + row)
        unsafe object.add("id", text: text.text)
        let type = random.below(1000)
        object.add("type", Self.types.first { type < $0.below }?.name ?? "PushEvent")
        object.object("actor") { addActor(actor, $0) }
        object.object("repo") { addRepository(project, $0) }
        object.object("payload") { addPayload(project, &random, isPush: type < Self.types[0].below, $0) }
        object.add("public", true)
        text.removeAll()
        text.add(CivilTime(seconds: 1_735_689_600 + Int64(row / 20)), between: "T", after: "Z")
        unsafe object.add("created_at", text: text.text)
        if random.chance(250) { object.object("org") { addActor(900_000 + project % 500, $0) } }
    }

    /// Types and the share of 1000 that they and those before them have.
    private static let types: [(name: FieldName, below: Int)] = [
        ("PushEvent", 570), ("CreateEvent", 700), ("PullRequestEvent", 780), ("IssueCommentEvent", 850),
        ("WatchEvent", 920), ("IssuesEvent", 950), ("DeleteEvent", 980), ("ForkEvent", 1000),
    ]

    private mutating func addLogin(_ number: Int) {
        text.add(Words.logins[number % Words.logins.count])
        text.add("-")
        text.add(number)
    }

    private mutating func addActor(_ number: Int, _ object: borrowing ObjectBuilder) {
        object.add("id", number)
        text.removeAll()
        addLogin(number)
        unsafe object.add("login", text: text.text)
        unsafe object.add("display_login", text: text.text)
        object.add("gravatar_id", "" as FieldName)
        text.removeAll()
        text.add("https://api.github.example/users/")
        addLogin(number)
        unsafe object.add("url", text: text.text)
        text.removeAll()
        text.add("https://avatars.github.example/u/")
        text.add(number)
        text.add("?v=4")
        unsafe object.add("avatar_url", text: text.text)
    }

    private mutating func addRepositoryName(_ number: Int) {
        addLogin(number / 4)
        text.add("/")
        text.add(Words.projects[number % Words.projects.count])
    }

    private mutating func addRepository(_ number: Int, _ object: borrowing ObjectBuilder) {
        object.add("id", 100_000_000 + number)
        text.removeAll()
        addRepositoryName(number)
        unsafe object.add("name", text: text.text)
        text.removeAll()
        text.add("https://api.github.example/repos/")
        addRepositoryName(number)
        unsafe object.add("url", text: text.text)
    }

    private mutating func addPayload(
        _ project: Int, _ random: inout SplitMix64, isPush: Bool, _ object: borrowing ObjectBuilder
    ) {
        text.removeAll()
        text.add("refs/heads/")
        text.add(random.pick(Words.branches))
        object.add("repository_id", 100_000_000 + project)
        object.add("push_id", 20_000_000_000 + random.below(1_000_000_000))
        unsafe object.add("ref", text: text.text)
        addHash("head", random.next(), object)
        addHash("before", random.next(), object)
        let count = isPush ? 1 + random.below(3) : 1
        object.add("size", count)
        object.add("distinct_size", count)
        object.array("commits") { commits in
            for _ in 0..<count { commits.object { addCommit(project, &random, $0) } }
        }
    }

    private mutating func addCommit(_ project: Int, _ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        let hash = random.next()
        addHash("sha", hash, object)
        let author = random.below(50_000)
        object.object("author") { addAuthor(author, $0) }
        text.removeAll()
        text.add(random.pick(Words.messages))
        unsafe object.add("message", text: text.text)
        object.add("distinct", true)
        text.removeAll()
        text.add("https://api.github.example/repos/")
        addRepositoryName(project)
        text.add("/commits/")
        addHashText(hash)
        unsafe object.add("url", text: text.text)
    }

    private mutating func addAuthor(_ number: Int, _ object: borrowing ObjectBuilder) {
        text.removeAll()
        addLogin(number)
        unsafe object.add("name", text: text.text)
        text.add("@users.noreply.github.example")
        unsafe object.add("email", text: text.text)
    }

    private mutating func addHash(_ name: FieldName, _ number: UInt64, _ object: borrowing ObjectBuilder) {
        text.removeAll()
        addHashText(number)
        unsafe object.add(name, text: text.text)
    }

    /// 40 hexadecimal digits.
    private mutating func addHashText(_ number: UInt64) {
        text.add(hex: number, digits: 16)
        text.add(hex: number &* 0x9E37_79B9_7F4A_7C15, digits: 16)
        text.add(hex: number >> 16, digits: 8)
    }
}
