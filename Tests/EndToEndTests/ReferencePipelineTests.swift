import Foundation
import TestSupport
import Testing

@Suite(
    "The reference pipelines run on real input", .ownThread,
    .enabled(if: TestData.isAvailable, Comment(rawValue: TestData.absence))
)
struct ReferencePipelineTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func config(_ name: String) -> String { Self.root.appendingPathComponent("configs/\(name)").path }

    /// `type,count` rows of a golden file.
    private func goldenCounts() throws -> [String: Int] {
        let file = TestData.path("github/golden/event_type_counts.csv")
        let rows = try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline).dropFirst()
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in
                let cells = row.split(separator: ",")
                return cells.count >= 2 ? (String(cells[0]), Int(cells[1]) ?? -1) : nil
            })
    }

    private func counts(_ records: [[String: Any]]) -> [String: Int] {
        Dictionary(grouping: records) { $0["type"] as? String ?? "?" }.mapValues(\.count)
    }

    @Test("the hour of events straight from its compressed file: every one once")
    func hourFromFile() throws {
        let place = try Workplace()
        let input = TestData.path("github/gharchive-2015-01-01-1.json.gz")
        try place.write(
            """
            { "name": "hour", "source": { "connector": "file", "path": "\(input)", "format": "ndjson" },
              "sinks": [ { "connector": "file", "path": "output/events-${sequence}.ndjson", "rotate.records": 5000 } ] }
            """, to: "hour.json")
        let result = try place.run(["run", "hour.json", "--once"])
        #expect(result.status == 0, "\(result.errors)")
        let records = try place.records(below: "output")
        #expect(records.count == 7427)
        #expect(Set(records.compactMap { $0["id"] as? String }).count == 7427)
        #expect(counts(records) == (try goldenCounts()))
    }

    @Test("the same hour served page by page by the stand-in: every one once", .enabled(if: StandIn.isAvailable))
    func hourFromPages() throws {
        let place = try Workplace()
        let server = try StandIn(
            "github_stand_in", ["--walk", "--data", TestData.path("github/gharchive-2015-01-01-1.json.gz")])
        let process = try place.start(
            ["run", config("github-to-files.json"), "--duration", "20s"], environment: ["GITHUB_ENDPOINT": server.url()]
        )
        let result = try process.wait()
        #expect(result.status == 0, "\(result.errors)")
        let records = try place.records(below: "output/github")
        #expect(records.count == 7427)
        #expect(Set(records.compactMap { $0["id"] as? String }).count == 7427)
        #expect(counts(records) == (try goldenCounts()))
    }

    @Test("the captured users: field by field the golden records", .enabled(if: StandIn.isAvailable))
    func users() throws {
        let place = try Workplace()
        let data = TestData.path("randomuser/randomuser-v1.4-111.codeacademyuz.json")
        let server = try StandIn("randomuser_stand_in", ["--data", data])
        let golden = try goldenUsers()
        let pipeline = try String(contentsOfFile: config("randomuser-to-files.json"), encoding: .utf8)
        // A page without users is no end, so the source has to know how many there are.
        try place.write(
            pipeline.replacing("\"max.records\": 1000", with: "\"max.records\": \(golden.count)"), to: "users.json")
        let result = try place.run(
            ["run", "users.json", "--once"], environment: ["RANDOMUSER_ENDPOINT": server.url()])
        #expect(result.status == 0, "\(result.errors)")
        let records = try place.records(below: "output/randomuser")
        #expect(records.count == golden.count)
        for (record, row) in zip(records, golden) {
            for (name, cell) in row where name != "id" {
                #expect((record[name].map { "\($0)" } ?? "") == cell, "\(name)")
            }
        }
    }

    private func goldenUsers() throws -> [[String: String]] {
        let python = Process()
        let pipe = Pipe()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = "import csv,json,sys;print(json.dumps(list(csv.DictReader(open(sys.argv[1],newline='')))))"
        python.arguments = ["python3", "-c", script, TestData.path("randomuser/golden/v1.4-111_records.csv")]
        python.standardOutput = pipe
        try python.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        return try JSONSerialization.jsonObject(with: data) as? [[String: String]] ?? []
    }
}
