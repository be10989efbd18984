import ConnectorKit
import Testing

@testable import Runtime

@Suite("Where a task reads on")
struct ResumeDecisionTests {
    private static func at(_ offset: Int64, of partition: String = "a") -> Position {
        Position(partition: ["p": .string(partition)], offset: ["n": .int(offset)])
    }

    @Test(
        "the worker's own positions, when no sink stored any",
        arguments: [[nil], [[]], [nil, nil], [[], []]] as [[[Position]?]])
    func own(_ stored: [[Position]?]) {
        let resume = ResumeDecision(own: [Self.at(3)], stored: stored)
        #expect(resume.positions == [Self.at(3)] && resume.learned.isEmpty)
    }

    @Test("what a sole sink stored, and the worker's for other partitions", arguments: [2, 9])
    func sole(_ offset: Int64) {
        let resume = ResumeDecision(own: [Self.at(3), Self.at(7, of: "b")], stored: [[Self.at(offset)]])
        #expect(resume.positions == [Self.at(offset), Self.at(7, of: "b")])
        #expect(resume.learned == [Self.at(offset)])
    }

    @Test("what a sink stored of a partition that was reset does not count")
    func forgotten() {
        let resume = ResumeDecision(
            own: [Self.at(7, of: "b")], stored: [[Self.at(5), Self.at(8, of: "b")]], forgotten: [Self.at(0).partition])
        #expect(resume.positions == [Self.at(8, of: "b")] && resume.learned == [Self.at(8, of: "b")])
    }

    @Test("what several sinks agree on, in whatever order")
    func agreed() {
        let stored = [[Self.at(5), Self.at(6, of: "b")], [Self.at(6, of: "b"), Self.at(5)]]
        let resume = ResumeDecision(own: [Self.at(3)], stored: stored)
        #expect(resume.positions == [Self.at(5), Self.at(6, of: "b")])
    }

    @Test(
        "the worker's own, when several sinks differ or one stores nothing", arguments: [[at(4)], nil] as [[Position]?])
    func differing(_ other: [Position]?) {
        let resume = ResumeDecision(own: [Self.at(3)], stored: [[Self.at(5)], other])
        #expect(resume.positions == [Self.at(3)] && resume.learned.isEmpty)
    }
}
