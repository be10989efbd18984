import Testing

@testable import Runtime

@Suite("Every fault of a pipeline file has its sentence and its place")
struct ConfigProblemTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let json: String
        let problems: [String]

        init(_ name: String, _ json: String, _ problems: String...) {
            testDescription = name
            self.json = json
            self.problems = problems
        }
    }

    private static func pipeline(_ members: String) -> String {
        #"{"name": "p", "source": {"connector": "ticker"}, "sinks": [{"connector": "printer"}],"# + "\n\(members)}"
    }

    static let shape = [
        Case(
            "not JSON", #"{"name": tru}"#,
            "pipeline.json:1:13: found '}' where 'true' was expected"),
        Case(
            "cut short", #"{"name": "p""#,
            "pipeline.json:1:13: the file ends where ',' or '}' was expected"),
        Case(
            "a name twice", #"{"name": "p", "name": "q"}"#,
            #"pipeline.json:1:15: /name: "name" stands twice in this object; remove one of them"#),
        Case("a list", "[]", "pipeline.json:1:1: the pipeline is a list; expected an object"),
        Case(
            "empty", "{}",
            #"pipeline.json:1:1: the pipeline needs the setting name, for example "name": "orders""#,
            #"pipeline.json:1:1: the pipeline needs a source, for example "source": {"connector": "file", …}"#,
            #"pipeline.json:1:1: the pipeline needs sinks, for example "sinks": [{"connector": "stdout"}]"#),
        Case(
            "a sink instead of sinks",
            #"{"name": "p", "source": {"connector": "ticker"}, "sink": {"connector": "printer"}}"#,
            #"pipeline.json:1:50: /sink: the pipeline has no setting "sink"; did you mean "sinks"?"#,
            #"pipeline.json:1:1: the pipeline needs sinks, for example "sinks": [{"connector": "stdout"}]"#),
        Case(
            "sinks as an object",
            #"{"name": "p", "source": {"connector": "ticker"}, "sinks": {"connector": "printer"}}"#,
            "pipeline.json:1:59: /sinks: sinks is an object; expected a list of at least one sink object"),
        Case(
            "a source that is text", #"{"name": "p", "source": "ticker", "sinks": [{"connector": "printer"}]}"#,
            #"pipeline.json:1:25: /source: the source is a string; expected an object such as {"connector": "file", …}"#
        ),
        Case(
            "two sinks of one name",
            #"{"name": "p", "source": {"connector": "ticker"}, "sinks": [{"connector": "printer"}, {"connector": "printer"}]}"#,
            #"pipeline.json:1:86: /sinks/1: two sinks are named "printer"; give one of them another "name""#),
        Case(
            "a control character in the name",
            #"{"name": "a\nb", "source": {"connector": "ticker"}, "sinks": [{"connector": "printer"}]}"#,
            "pipeline.json:1:10: /name: name must have 1 to 200 bytes and no control characters"),
    ]

    static let settings = [
        Case(
            "tasks.max of zero", pipeline(#""tasks.max": 0"#),
            #"pipeline.json:2:14: /tasks.max: tasks.max is "0"; expected a whole number from 1 to 1000"#),
        Case(
            "a tolerance misspelt", pipeline(#""errors.tolerance": "al""#),
            #"pipeline.json:2:21: /errors.tolerance: errors.tolerance is "al"; expected one of none, all (did you mean "all"?)"#
        ),
        Case(
            "a setting of the pipeline in a connector",
            #"{"name": "p", "source": {"connector": "ticker", "tasks.max": 2}, "sinks": [{"connector": "printer"}]}"#,
            #"pipeline.json:1:49: /source/tasks.max: tasks.max is a setting of the pipeline; move it out of this object, beside "source""#
        ),
        Case(
            "several at once",
            """
            {"name": "p",
             "source": {"connector": "ticker", "cuont": 2},
             "sinks": [{"connector": "web", "count": "many"}]}
            """,
            #"pipeline.json:2:36: /source/cuont: source "ticker" has no setting "cuont"; did you mean "count"?"#,
            #"pipeline.json:3:12: /sinks/0: sink "web" needs the setting url, for example "url": "http://localhost""#,
            #"pipeline.json:3:42: /sinks/0/count: count is "many"; expected a whole number from 1 to 9"#),
        Case(
            "a secret of the wrong kind",
            #"{"name": "p", "source": {"connector": "ticker", "auth.token": ["s3cr3t"]}, "sinks": [{"connector": "printer"}]}"#,
            "pipeline.json:1:63: /source/auth.token: auth.token was not understood; expected text (its value is not shown)"
        ),
        Case(
            "a connector nobody has",
            #"{"name": "p", "source": {"connector": "tickr"}, "sinks": [{"connector": "ticker"}]}"#,
            #"pipeline.json:1:39: /source/connector: no plugin offers the source "tickr"; did you mean "ticker"?"#,
            #"pipeline.json:1:73: /sinks/0/connector: no plugin offers the sink "ticker", only a source of that name; there are: printer, web"#
        ),
        Case(
            "no connector", #"{"name": "p", "source": {}, "sinks": [{"connector": 3}, {"connector": []}]}"#,
            #"pipeline.json:1:25: /source: the source needs the setting connector, for example "connector": "file""#,
            #"pipeline.json:1:53: /sinks/0/connector: no plugin offers the sink "3"; put libsluice-3.so into one of the directories searched: "#,
            "pipeline.json:1:71: /sinks/1/connector: connector is a list; expected the name of a connector"),
    ]

    static let transforms = [
        Case(
            "a transform nobody has", pipeline(#""transforms": [{"type": "Kepe"}]"#),
            #"pipeline.json:2:25: /transforms/0/type: no plugin offers the transform "Kepe"; did you mean "Keep"?"#),
        Case(
            "no type", pipeline(#""transforms": [{}]"#),
            #"pipeline.json:2:16: /transforms/0: the transform needs the setting type, for example "type": "Cast$Value""#
        ),
        Case(
            "a part that is none", pipeline(#""transforms": [{"type": "Keep$Header"}]"#),
            #"pipeline.json:2:25: /transforms/0/type: the type of a transform ends in "$Header"; expected Keep$Key or Keep$Value"#
        ),
        Case(
            "a part where there is none", pipeline(#""transforms": [{"type": "Match$Key", "pattern": "a"}]"#),
            #"pipeline.json:2:25: /transforms/0/type: transform "Match" works on whole records; write "type": "Match""#),
        Case(
            "settings only the transform can judge", pipeline(#""transforms": [{"type": "Match", "pattern": "("}]"#),
            #"pipeline.json:2:16: /transforms/0: transform "Match": the pattern has an open group"#),
        Case(
            "negate alone", pipeline(#""transforms": [{"type": "Keep", "negate": true}]"#),
            "pipeline.json:2:43: /transforms/0/negate: negate has no predicate to turn around; add one or remove it"),
        Case(
            "negate that is no truth value",
            pipeline(
                #""transforms": [{"type": "Keep", "negate": 1, "predicate": {"type": "Named", "pattern": "a"}}]"#),
            "pipeline.json:2:43: /transforms/0/negate: negate is a number; expected true or false"),
        Case(
            "a predicate by name alone", pipeline(#""transforms": [{"type": "Keep", "predicate": "Named"}]"#),
            #"pipeline.json:2:46: /transforms/0/predicate: the predicate is a string; expected an object such as {"type": "TopicNameMatches", …}"#
        ),
        Case(
            "a predicate nobody has", pipeline(#""transforms": [{"type": "Keep", "predicate": {"type": "Nmaed"}}]"#),
            #"pipeline.json:2:55: /transforms/0/predicate/type: no plugin offers the predicate "Nmaed"; did you mean "Named"?"#
        ),
        Case(
            "transforms as text", pipeline(#""transforms": "a,b""#),
            #"pipeline.json:2:15: /transforms: transforms is a string; expected a list of objects such as {"type": "Cast$Value", …}"#
        ),
    ]

    @Test("the shape of a file", arguments: shape)
    func shapeProblem(_ test: Case) throws { try check(test) }

    @Test("settings", arguments: settings)
    func settingProblem(_ test: Case) throws { try check(test) }

    @Test("transforms and predicates", arguments: transforms)
    func transformProblem(_ test: Case) throws { try check(test) }

    private func check(_ test: Case) throws {
        let problems = try ConfigFolder(["pipeline.json": test.json]).problems()
        #expect(problems == test.problems, "\(problems)")
    }

    @Test("Only what is missing outside the file counts as the environment's fault")
    func environment() throws {
        let folder = try ConfigFolder(["pipeline.json": #"{"name": "p", "source": {"connector": "zzzzzz"}}"#])
        do throws(ConfigFailure) {
            _ = try folder.load("nothing.json")
            Issue.record("a file that does not exist was read")
        } catch {
            #expect(error.isEnvironmental)
            #expect(error.description.hasSuffix("nothing.json: the file cannot be read: No such file or directory"))
        }
        do throws(ConfigFailure) {
            _ = try folder.load("pipeline.json")
            Issue.record("a pipeline without sinks was accepted")
        } catch {
            #expect(!error.isEnvironmental)
        }
    }
}
