import ConnectorKit
import Testing

@testable import Runtime

@Suite("A worker that is well says")
struct MilestonesTests {
    private func messages(_ entries: [Log.Entry]) -> [String] { entries.map(\.message) }

    @Test("its first record, its recovery and its end, once each")
    func course() {
        var milestones = Milestones(startingAt: .zero)
        var said: [String] = []
        let course: [(TaskStatus.State, Int)] = [
            (.starting, 0), (.running, 0), (.running, 5), (.running, 9), (.restarting, 9), (.starting, 9),
            (.running, 9),
            (.running, 20), (.stopping, 20), (.done, 20), (.done, 20),
        ]
        for (second, step) in course.enumerated() {
            let entries = milestones.news(
                [LiveViewTests.reading("a", step.0, read: step.1)], at: .milliseconds(second * 250))
            said += messages(entries)
            #expect(entries.allSatisfy { $0.fields.first ?? ("", "") == ("pipeline", "a") })
        }
        #expect(
            said == [
                "the first record was read", "the pipeline has recovered",
                "the source is at its end, and all of it is delivered",
            ])
    }

    @Test("one line a minute for all pipelines together")
    func totals() {
        var milestones = Milestones(startingAt: .zero)
        var lines: [Log.Entry] = []
        for second in 0...185 {
            let pipelines = [
                LiveViewTests.reading("a", read: second * 10, delivered: second), LiveViewTests.reading("b", .failed),
            ]
            lines += milestones.news(pipelines, at: .seconds(second)).filter { $0.message == "so far" }
        }
        #expect(lines.count == 3)
        let text = lines[1].fields.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
        #expect(
            text == "failed=1 running=1 read=1200 delivered=120 in.flight=0 filtered=0 "
                + "dead.lettered=0 skipped=0 retries=0 read.per.second=10")
    }
}
