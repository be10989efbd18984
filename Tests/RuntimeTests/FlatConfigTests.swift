import ConnectorKit
import Testing

@testable import Runtime

@Suite("A Kafka Connect connector configuration is a pipeline whose other end is Kafka")
struct FlatConfigTests {
    private func tree(_ json: String) throws -> (node: ConfigNode, problems: [String]) {
        var findings = Findings()
        let flat = try #require(FlatConfig(ConfigParser.parse(json, file: "c.json")))
        let node = flat.pipeline(&findings)
        return (node, findings.problems.map(\.description))
    }

    @Test(
        "A class of Kafka Connect is a connector and a direction here",
        arguments: [
            ("FileStreamSource", "file", false), ("FileStreamSink", "file", true),
            ("org.apache.kafka.connect.file.FileStreamSinkConnector", "file", true),
            ("com.mongodb.kafka.connect.MongoSourceConnector", "mongodb", false),
            ("io.confluent.connect.s3.S3SinkConnector", "s3", true), ("github", "github", false),
        ])
    func classes(_ name: String, _ connector: String, _ isSink: Bool) throws {
        let node = try tree(#"{"name": "c", "connector.class": "\#(name)"}"#).node
        let ends = [node["source"], node["sinks"]?.elements?.first].map { $0?["connector"]?.scalarText }
        #expect(ends == (isSink ? ["kafka", connector] : [connector, "kafka"]))
    }

    @Test("Without a direction in its name a class that reads topics is a sink")
    func direction() throws {
        let node = try tree(#"{"name": "c", "connector.class": "acme.Web", "topics": "t"}"#).node
        #expect(node["source"]?["topics"]?.scalarText == "t")
        #expect(node["sinks"]?.elements?.first?["connector"]?.scalarText == "web")
    }

    @Test("Each setting goes where it belongs")
    func settings() throws {
        let json = """
            {"name": "c", "config": {"connector.class": "WebSink", "tasks.max": "3", "topics.regex": "a.*", "url": "u",
             "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead",
             "value.converter": "Json", "value.converter.schemas.enable": "false", "consumer.override.x": "1"}}
            """
        let node = try tree(json).node
        let sink = try #require(node["sinks"]?.elements?.first)
        #expect(node.members?.map(\.name).prefix(3) == ["name", "tasks.max", "errors.tolerance"])
        #expect(sink.members?.map(\.name) == ["connector", "url"])
        #expect(
            node["source"]?.members?.map(\.name)
                == [
                    "connector", "topics.regex", "value.converter", "value.converter.schemas.enable",
                    "consumer.override.x",
                ]
        )
        #expect(node["errors.deadletterqueue"]?["topic"]?.scalarText == "dead")
    }

    @Test("Transforms and predicates by alias become a chain, and keep their places")
    func transforms() throws {
        let json = """
            {"name": "c", "connector.class": "WebSink", "topics": "t", "transforms": "one, two", "predicates": "p",
             "transforms.one.type": "Keep$Value", "transforms.one.predicate": "p", "transforms.one.negate": "true",
             "predicates.p.type": "Named", "predicates.p.pattern": "a.b",
             "transforms.two.type": "Match", "transforms.two.pattern": "m"}
            """
        let steps = try #require(tree(json).node["transforms"]?.elements)
        #expect(steps.map { FlatConfig.alias(of: $0) } == ["one", "two"])
        #expect(steps[0]["predicate"]?["pattern"]?.scalarText == "a.b")
        #expect(steps[0]["negate"]?.scalarText == "true")
        #expect(steps[1]["pattern"]?.location.description == "c.json:4:60")
    }

    @Test("Aliases that do not match are told")
    func aliasProblems() throws {
        let json = """
            {"name": "c", "connector.class": "WebSink", "topics": "t", "transforms": "mask,mask", "predicates": "",
            "transforms.msak.type": "Keep", "transforms.mask.type": "Keep",
            "transforms.mask.predicate": "big"}
            """
        #expect(
            try tree(json).problems == [
                #"c.json:1:74: /transforms: transforms lists "mask" twice; remove one of them"#,
                #"c.json:2:1: /transforms.msak.type: "msak" is not in the list transforms; did you mean "mask"?"#,
                #"c.json:3:30: /transforms.mask.predicate: "big" is not among the predicates; add it to the setting predicates"#,
            ])
    }

    @Test("Loaded as a file, in JSON and as Java properties, it misses nothing but the Kafka connector")
    func loading() throws {
        let folder = try ConfigFolder([
            "pipeline.json": """
            {"name": "c", "connector.class": "acme.WebSinkConnector", "topics": "t", "url": "u", "transforms": "k",
            "transforms.k.type": "org.apache.kafka.connect.transforms.Keep$Value"}
            """,
            "c.properties": "name=c\nconnector.class=acme.WebSinkConnector\ntopics=t\nurl=u\ncuont=2\n",
        ])
        #expect(
            folder.problems() == [
                #"pipeline.json:1:34: /connector.class: no plugin offers the source "kafka"; put libsluice-kafka.so into one of the directories searched: "#
            ])
        #expect(
            folder.problems("c.properties").last
                == #"c.properties:5:1: /cuont: sink "web" has no setting "cuont"; did you mean "count"?"#)
    }
}

@Suite("Java properties")
struct JavaPropertiesTests {
    @Test(
        "Separators, comments, continuations and escapes as java.util.Properties reads them",
        arguments: [
            ("a=1", ["a": "1"]), ("a: 1", ["a": "1"]), ("a 1", ["a": "1"]), ("  a  =  1 ", ["a": "1 "]),
            ("# no\n! no\na=#1", ["a": "#1"]), (#"a\=b=c"#, ["a=b": "c"]), ("a=b\\\n   c\nd=e", ["a": "bc", "d": "e"]),
            (#"a=\u0041\t\\x"#, ["a": "A\t\\x"]), ("a", ["a": ""]), ("a=1\r\na=2\r\n", ["a": "2"]),
            ("a=b\\\\\nc=d", ["a": "b\\", "c": "d"]),
            ("a=x\\\n#y", ["a": "x#y"]), ("", [:]),
        ])
    func reads(_ text: String, _ expected: [String: String]) {
        let members = JavaProperties.parse(text, file: nil).members ?? []
        let found = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.scalarText ?? "") })
        #expect(found == expected)
    }
}
