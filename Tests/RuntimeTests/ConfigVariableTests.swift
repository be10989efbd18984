import ConnectorKit
import Glibc
import Testing

@testable import Runtime

@Suite("Variables and includes")
struct ConfigVariableTests {
    /// A pipeline whose web sink has these settings; the first of them stands at 3:1.
    private static func pipeline(_ settings: String) -> String {
        """
        {"name": "p", "source": {"connector": "ticker"}, "sinks": [
        {"connector": "web",
        \(settings)}]}
        """
    }

    private func url(_ text: String, _ files: [String: String] = [:]) throws -> String {
        let folder = try ConfigFolder(files)
        try folder.write(Self.pipeline(#""url": "\#(text)""#), to: "pipeline.json")
        return try #require(folder.load("pipeline.json").first?.sinks.first).values[ConfigFolder.url]
    }

    @Test(
        "A variable takes the value's place",
        arguments: [
            ("${env:SLUICE_TEST_WORD}", "north"),
            ("http://${env:SLUICE_TEST_WORD}/${env:SLUICE_TEST_WORD}", "http://north/north"),
            ("${env:SLUICE_TEST_ABSENT:-here:9}", "here:9"),
            ("${env:SLUICE_TEST_EMPTY:-full}", "full"),
            ("${env:SLUICE_TEST_EMPTY}", ""),
            ("${env:SLUICE_TEST_ABSENT:-}", ""),
            ("${file:secret.properties:a.b}", "one two"),
            ("${file:more/secret.json:port}", "8443"),
            ("${dir:more:word}", "line"),
            ("$${env:HOME}", "${env:HOME}"),
            ("${env:SLUICE_TEST_DOLLAR}${env:SLUICE_TEST_WORD}", "abc$north"),
            ("${topic}-${sequence}", "${topic}-${sequence}"),
            ("${timestamp:unit=yyyy}", "${timestamp:unit=yyyy}"),
        ])
    func resolves(_ text: String, _ expected: String) throws {
        unsafe setenv("SLUICE_TEST_WORD", "north", 1)
        unsafe setenv("SLUICE_TEST_EMPTY", "", 1)
        unsafe setenv("SLUICE_TEST_DOLLAR", "abc$", 1)
        let files = [
            "secret.properties": "# about\na.b = one \\\n   two\n", "more/secret.json": #"{"port": 8443}"#,
            "more/word": "line\n",
        ]
        #expect(try url(text, files) == expected)
    }

    static let meaningless: [(String, String)] = [
        (
            #""text": "${SLUICE_NAME}""#,
            "text holds ${SLUICE_NAME}, which stands for nothing; write ${env:SLUICE_NAME} for the environment variable, or "
                + "$${SLUICE_NAME} for the text itself"
        ),
        (
            #""auth.token": "Bearer ${GITHUB_TOKEN}""#,
            "auth.token holds ${GITHUB_TOKEN}, which stands for nothing; write ${env:GITHUB_TOKEN} for the environment "
                + "variable, or $${GITHUB_TOKEN} for the text itself"
        ),
        (
            #""auth.token": "pa${ss-wo}rd""#,
            "auth.token holds a ${, which stands for nothing; write ${env:NAME} for an environment variable, or $${ for the "
                + "text itself"
        ),
        (
            #""text": "${vault:secret/x:token}""#,
            "text holds ${vault:secret/x:token}, which stands for nothing; write ${env:NAME} for an environment variable, or "
                + "$${vault:secret/x:token} for the text itself"
        ),
        (
            #""include": ["a", "${B"]"#,
            "include holds ${, which stands for nothing; write ${env:NAME} for an environment variable, or $${ for the text "
                + "itself"
        ),
    ]

    @Test("${NAME} in a setting without a template is an error that says what to write", arguments: meaningless)
    func unresolvedName(_ setting: String, _ message: String) throws {
        let sink = setting.contains("include") ? #"{"type": "Keep", \#(setting)}"# : ""
        let source = setting.contains("include") ? "" : ", \(setting)"
        let folder = try ConfigFolder([
            "pipeline.json": """
            {"name": "p", "source": {"connector": "ticker"\(source)}, "transforms": [\(sink)],
             "sinks": [{"connector": "printer"}]}
            """
        ])
        let problems = folder.problems()
        #expect(
            problems.count == 1 && problems[0].hasPrefix("pipeline.json:1:") && problems[0].hasSuffix(": " + message))
    }

    @Test("What is escaped, or came with a variable, or stands in a template, is text")
    func textItself() throws {
        unsafe setenv("SLUICE_TEST_BRACES", "pa${ss}", 1)
        let folder = try ConfigFolder([
            "pipeline.json": """
            {"name": "p",
             "source": {"connector": "ticker", "auth.token": "${env:SLUICE_TEST_BRACES}", "text": "$${NAME}"},
             "sinks": [{"connector": "web", "url": "http://${topic}"}]}
            """
        ])
        let pipeline = try #require(folder.load("pipeline.json").first)
        #expect(pipeline.source.values[ConfigFolder.token]?.revealed == "pa${ss}")
        #expect(pipeline.source.values[ConfigFolder.text] == "${NAME}")
        #expect(pipeline.warnings.isEmpty)
    }

    @Test("A worker's file is held to it too")
    func worker() throws {
        let folder = try ConfigFolder(["w.json": #"{"state.path": "${HOME}/state.db"}"#])
        do throws(ConfigFailure) {
            _ = try WorkerConfig.load(folder.path + "/w.json")
            Issue.record("the file was taken")
        } catch {
            #expect(
                error.problems.map(\.message).first?.hasPrefix("state.path holds ${HOME}, which stands for") == true)
        }
    }

    @Test(
        "A variable that cannot be resolved is told with its place",
        arguments: [
            (
                "${env:SLUICE_TEST_ABSENT}",
                "the environment variable SLUICE_TEST_ABSENT is not set; set it, or write ${env:SLUICE_TEST_ABSENT:-default}"
            ),
            ("${env:open", "${env:… is not closed; end it with }"),
            ("${evn:HOME}", "${evn:HOME} names no known kind of variable; did you mean \"${env:…}\"?"),
            ("${file:a.properties}", "${file:a.properties} is incomplete; expected ${file:path:key}"),
            ("${file:a.properties:usr}", "a.properties has no key \"usr\" with a text; did you mean \"user\"?"),
            ("${file:none.json:a}", "the file none.json does not exist"),
            ("${dir:more:a/b}", "${dir:more:a/b} names a path; expected the name of a file in more"),
            ("${dir:more:absent}", "the file more/absent does not exist"),
        ])
    func unresolved(_ text: String, _ problem: String) throws {
        let folder = try ConfigFolder([
            "a.properties": "user=me", "pipeline.json": Self.pipeline(#""url": "\#(text)""#),
        ])
        #expect(folder.problems() == ["pipeline.json:3:8: /sinks/0/url: \(problem)"])
    }

    @Test(
        "What a variable stood for is in no message",
        arguments: [
            (
                #""url": "u", "count": "${env:SLUICE_TEST_HIDDEN}""#,
                #"3:22: /sinks/0/count: count is "${env:SLUICE_TEST_HIDDEN}"; expected a whole number from 1 to 9"#
            ),
            (
                #""url": "u", "text": "${env:SLUICE_TEST_HIDDEN}!""#,
                "3:21: /sinks/0/text: text is ${env:SLUICE_TEST_HIDDEN}!; expected something good"
            ),
        ])
    func hidden(_ settings: String, _ problem: String) throws {
        unsafe setenv("SLUICE_TEST_HIDDEN", "bad-hidden", 1)
        let folder = try ConfigFolder(["pipeline.json": Self.pipeline(settings)])
        #expect(folder.problems() == ["pipeline.json:\(problem)"])
    }

    @Test("Secret settings and secret stores feed the redactor, plain variables do not")
    func secrets() throws {
        unsafe setenv("SLUICE_TEST_WORD", "north", 1)
        unsafe setenv("SLUICE_TEST_API_KEY", "k3y-from-env", 1)
        let folder = try ConfigFolder(["word": "from-store"])
        try folder.write(
            Self.pipeline(
                #""url": "${env:SLUICE_TEST_NO_KEY:-default}${env:SLUICE_TEST_WORD}${dir:.:word}${env:SLUICE_TEST_API_KEY}", "auth.token": "t0ken""#
            ),
            to: "pipeline.json")
        let secrets = try #require(folder.load("pipeline.json").first).secrets
        #expect(Set(secrets) == ["from-store", "k3y-from-env", "t0ken"])
        #expect(Redactor(secrets).redact("north sent t0ken and from-store") == "north sent [hidden] and [hidden]")
    }

    @Test("The redactor hides the longer of two secrets first and leaves short texts alone")
    func redaction() {
        #expect(Redactor(["abcd", "abcdef", "abc", ""]).redact("abcdef abcd abc") == "[hidden] [hidden] abc")
    }

    @Test("An included file lies underneath, objects member by member, later files over earlier ones")
    func include() throws {
        let folder = try ConfigFolder([
            "pipeline.json": """
            {"include": ["common/a.json", "common/b.json"], "name": "p", "source": {"count": 2},
             "sinks": [{"include": "common/web.json", "count": 5}]}
            """,
            "common/a.json": #"{"tasks.max": 2, "source": {"connector": "ticker", "count": 9, "text": "a"}}"#,
            "common/b.json": #"{"tasks.max": 3, "source": {"text": "b"}}"#,
            "common/web.json": #"{"connector": "web", "url": "${file:web.properties:url}", "count": 1}"#,
            "common/web.properties": "url: http://there",
        ])
        let pipeline = try #require(folder.load("pipeline.json").first)
        #expect(pipeline.tasksMax == 3)
        #expect(pipeline.source.values[ConfigFolder.count] == 2)
        #expect(pipeline.source.values[ConfigFolder.text] == "b")
        #expect(pipeline.sinks[0].values[ConfigFolder.url] == "http://there")
        #expect(pipeline.sinks[0].values[ConfigFolder.count] == 5)
    }

    @Test("A transform may have a setting of the name include")
    func includeSetting() throws {
        let folder = try ConfigFolder([
            "pipeline.json": """
            {"name": "p", "source": {"connector": "ticker"}, "sinks": [{"connector": "printer"}],
             "transforms": [{"type": "Keep", "include": "a,b"}]}
            """
        ])
        let step = try #require(folder.load("pipeline.json").first?.transforms.first)
        #expect(step.values[ConfigFolder.include] == ["a", "b"])
    }

    @Test("Missing files and circles of includes name the chain")
    func includeProblems() throws {
        let folder = try ConfigFolder([
            "circle.json": #"{"include": "b.json"}"#, "b.json": #"{"include": "c.json"}"#,
            "c.json": #"{"include": "b.json"}"#, "missing.json": #"{"include": "d.json"}"#,
            "d.json": #"{"include": "none.json"}"#,
        ])
        #expect(
            folder.problems("circle.json").first
                == "c.json:1:13: /include: circle.json includes b.json includes c.json includes b.json again; "
                + "remove one of these includes")
        #expect(
            folder.problems("missing.json").first
                == "d.json:1:13: /include: the file none.json does not exist "
                + "(missing.json includes d.json includes none.json)")
    }

    @Test("A problem in an included file is told with its place there")
    func includedPlace() throws {
        let folder = try ConfigFolder([
            "pipeline.json":
                #"{"name": "p", "source": {"include": "s.json"}, "sinks": [{"connector": "printer"}]}"#,
            "s.json": #"{"connector": "ticker", "count": 10}"#,
        ])
        #expect(
            folder.problems() == ["s.json:1:34: /count: count is \"10\"; expected a whole number from 1 to 9"])
    }
}
