import ConnectorKit
import Testing

@testable import Runtime

@Suite("A Kafka Connect connector configuration is a pipeline whose other end is Kafka")
struct FlatConfigTests {
    private func tree(_ json: String, worker: String = "{}") throws -> (node: ConfigNode, problems: [String]) {
        var findings = Findings()
        let flat = try #require(FlatConfig(ConfigParser.parse(json, file: "c.json")))
        let defaults = FlatDefaults(try ConfigParser.parse(worker, file: "worker.json"))
        let node = flat.pipeline(FlatConnectors.catalog, defaults, &findings)
        return (node, findings.problems.map(\.description))
    }

    @Test(
        "A class of Kafka Connect is a connector and a direction here",
        arguments: [
            ("FileStreamSource", "file", false), ("FileStreamSink", "file", true),
            ("org.apache.kafka.connect.file.FileStreamSinkConnector", "file", true),
            ("com.acme.WebSourceConnector", "web", false), ("io.confluent.connect.s3.S3SinkConnector", "s3", true),
            ("github", "github", false),
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

    /// Where a setting of a sink's configuration ends up: in the pipeline, `source`, `sink` or `dead`.
    @Test(
        "Each setting of a sink goes where it belongs",
        arguments: [
            ("tasks.max", "", "tasks.max"), ("errors.tolerance", "", "errors.tolerance"),
            ("errors.retry.timeout", "", "errors.retry.timeout"),
            ("errors.retry.delay.max.ms", "", "errors.retry.delay.max.ms"),
            ("errors.log.enable", "", "errors.log.enable"),
            ("errors.log.include.messages", "", "errors.log.include.messages"),
            ("topics", "source", "topics"), ("topics.regex", "source", "topics.regex"),
            ("key.converter", "source", "key.converter"), ("value.converter", "source", "value.converter"),
            ("value.converter.schemas.enable", "source", "value.converter.schemas.enable"),
            ("header.converter", "source", "header.converter"),
            ("consumer.override.group.id", "source", "group.id"),
            ("consumer.override.max.poll.records", "source", "consumer.override.max.poll.records"),
            ("bootstrap.servers", "source", "bootstrap.servers"), ("url", "sink", "url"),
            ("file", "sink", "path"), ("cuont", "sink", "cuont"),
            ("producer.override.compression.type", "dead", "compression.type"),
            ("errors.deadletterqueue.topic.name", "dead", "topic"),
            ("errors.deadletterqueue.topic.replication.factor", "dead", "topic.creation.default.replication.factor"),
            ("errors.deadletterqueue.context.headers.enable", "dead", "context.headers.enable"),
        ])
    func sinkSettings(_ name: String, _ part: String, _ expected: String) throws {
        let always: KeyValuePairs = [
            "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead", "connector.class": "FileStreamSink",
        ]
        let others = always.filter { $0.key != name }.map { #""\#($0.key)": "\#($0.value)""# }
        let given = name == "errors.tolerance" ? "all" : "given"
        let node = try tree("{\(others.joined(separator: ", ")), \"\(name)\": \"\(given)\"}").node
        let place =
            switch part {
            case "source": node["source"]
            case "sink": node["sinks"]?.elements?.first
            case "dead": node["errors.deadletterqueue"]
            default: node
            }
        #expect(place?[expected]?.scalarText == given)
    }

    @Test(
        "Each setting of a source goes where it belongs",
        arguments: [
            ("topic", "topic"), ("topic.creation.default.partitions", "topic.creation.default.partitions"),
            ("value.converter", "value.converter"), ("producer.override.compression.type", "compression.type"),
            ("producer.override.max.request.size", "producer.override.max.request.size"),
            ("producer.override.sasl.jaas.config", "sasl.jaas.config"),
        ])
    func sourceSettings(_ name: String, _ expected: String) throws {
        let node = try tree(#"{"name": "c", "connector.class": "WebSource", "\#(name)": "given"}"#).node
        #expect(node["sinks"]?.elements?.first?[expected]?.scalarText == "given")
        #expect(node["source"]?.members?.map(\.name) == ["connector"])
    }

    @Test("A source that requires exactly once gets Kafka's transactions", arguments: ["required", "requested"])
    func exactlyOnce(_ support: String) throws {
        let (node, problems) = try tree(#"{"connector.class": "WebSource", "exactly.once.support": "\#(support)"}"#)
        let given = node["sinks"]?.elements?.first?["exactly.once"]?.scalarText
        #expect(problems.isEmpty && given == (support == "required" ? "true" : nil))
    }

    @Test("A topic that the connector has a setting for is the connector's")
    func ownTopic() throws {
        let node = try tree(#"{"connector.class": "FileStreamSource", "file": "f", "topic": "t"}"#).node
        #expect(node["source"]?["topic"]?.scalarText == "t")
        #expect(node["sinks"]?.elements?.first?["topic"] == nil)
    }

    @Test(
        "Values that a class calls otherwise are the connector's own, by their last part",
        arguments: [
            ("strategy", #""AppendStrategy""#, "append"), ("strategy", #""org.acme.AppendStrategy""#, "append"),
            ("mode", "true", "append"), ("mode", #""OtherStrategy""#, "OtherStrategy"),
            ("path", #""AppendStrategy""#, "AppendStrategy"),
        ])
    func values(_ name: String, _ value: String, _ expected: String) throws {
        let node = try tree(#"{"connector.class": "FileStreamSink", "\#(name)": \#(value)}"#).node
        #expect(node["sinks"]?.elements?.first?[name == "path" ? name : "mode"]?.scalarText == expected)
    }

    @Test(
        "What only Kafka Connect's machinery needs is left out",
        arguments: [
            "tasks.max.enforce", "config.action.reload", "admin.override.x", "transaction.boundary",
            "exactly.once.support", "value.converter.plugin.version", "consumer.override.x", "batch.size",
        ])
    func needless(_ name: String) throws {
        let (node, problems) = try tree(#"{"connector.class": "FileStreamSource", "\#(name)": "requested"}"#)
        #expect(problems.isEmpty)
        let ends = [node["source"], node["sinks"]?.elements?.first]
        #expect(ends.allSatisfy { $0?[name] == nil } && node[name] == nil)
    }

    @Test("Kafka's end has Kafka Connect's defaults")
    func defaults() throws {
        let sink = try tree(#"{"name": "c", "config": {"connector.class": "WebSink", "topics": "t"}}"#).node
        let source = try #require(sink["source"])
        #expect(source["group.id"]?.scalarText == "connect-c")
        #expect(source["bootstrap.servers"]?.scalarText == "localhost:9092")
        #expect(source["header.converter"]?.scalarText?.hasSuffix("SimpleHeaderConverter") == true)
        let other = try tree(#"{"name": "c", "connector.class": "FileStreamSource", "file": "f"}"#).node
        #expect(other["source"]?["format"]?.scalarText == "lines")
        #expect(other["sinks"]?.elements?.first?["group.id"] == nil)
    }

    @Test("The worker gives what the configuration does not say")
    func worker() throws {
        let worker = """
            {"bootstrap.servers": "b:1", "key.converter": "K", "key.converter.schemas.enable": "false", "value.converter": "V",
             "value.converter.schemas.enable": "true", "consumer.fetch.min.bytes": "2", "producer.linger.ms": "3"}
            """
        let json = #"{"connector.class": "WebSink", "topics": "t", "value.converter": "Own"}"#
        let source = try #require(tree(json, worker: worker).node["source"])
        #expect(source["bootstrap.servers"]?.scalarText == "b:1")
        #expect(source["key.converter"]?.scalarText == "K")
        #expect(source["key.converter.schemas.enable"]?.scalarText == "false")
        #expect(source["value.converter"]?.scalarText == "Own")
        #expect(source["value.converter.schemas.enable"] == nil)
        #expect(source["consumer.override.fetch.min.bytes"]?.scalarText == "2")
        #expect(source["producer.override.linger.ms"] == nil)
    }

    @Test("Dead letters are the records as they were read, in a topic of one partition")
    func deadLetters() throws {
        let json = """
            {"connector.class": "WebSink", "topics": "t", "errors.tolerance": "all",
             "errors.deadletterqueue.topic.name": "dead"}
            """
        let queue = try #require(tree(json).node["errors.deadletterqueue"])
        let settings = ["topic.creation.default.partitions", "topic.creation.default.replication.factor"]
        #expect(settings.map { queue[$0]?.scalarText } == ["1", "3"])
        #expect(queue["letter.format"]?.scalarText == "record")
        #expect(queue["value.converter"]?.scalarText == "string" && queue["key.converter"]?.scalarText == "string")
        let untolerated = json.replacing("all", with: "none")
        #expect(try tree(untolerated).node["errors.deadletterqueue"] == nil)
    }

    @Test(
        "What cannot be kept, or goes round, is told",
        arguments: [
            (#""exactly.once.support": "required""#, "exactly.once.support is required"),
            (#""errors.deadletterqueue.topic.nmae": "d""#, #"did you mean "errors.deadletterqueue.topic.name"?"#),
            (#""errors.tolerance": "all", "errors.deadletterqueue.topic.name": "t""#, "among the topics read"),
        ])
    func problems(_ setting: String, _ message: String) throws {
        let problems = try tree(#"{"connector.class": "WebSink", "topics": "s,t", \#(setting)}"#).problems
        #expect(problems.count == 1 && problems.first?.contains(message) == true, "\(problems)")
    }

    @Test("A dead letter topic that the pattern of the topics read matches is told", arguments: ["t-\\\\d+", "t.*"])
    func loopOfPattern(_ pattern: String) throws {
        let json = #"{"connector.class": "WebSink", "topics.regex": "\#(pattern)", "errors.tolerance": "all", "#
        let problems = try tree(json + #""errors.deadletterqueue.topic.name": "t-1"}"#).problems
        #expect(problems.count == 1 && problems.first?.contains("matches topics.regex") == true, "\(problems)")
        #expect(try tree(json + #""errors.deadletterqueue.topic.name": "dlq-t-1"}"#).problems.isEmpty)
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

    @Test("${NAME} is taken as it stands, as Kafka Connect does, with a warning that says what to write")
    func warnings() throws {
        let folder = try ConfigFolder([
            "c.json": """
            {"name": "c", "connector.class": "WebSink", "topics": "t", "url": "http://${HOST}/${env:HOST:-x}"}
            """
        ])
        let loader = PipelineLoader(catalog: FlatConnectors.catalog)
        let pipeline = try #require(loader.load([folder.path + "/c.json"]).first)
        let warning = try #require(pipeline.warnings.first)
        #expect(pipeline.warnings.count == 1)
        #expect(
            warning.message
                == "url holds ${HOST}, which is taken as it stands, as Kafka Connect does; write ${env:HOST} for "
                + "the environment variable")
        #expect(warning.location.line == 1)
    }
}
