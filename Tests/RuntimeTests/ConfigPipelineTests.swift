import ConnectorKit
import Testing

@testable import Runtime

@Suite("What a pipeline file comes to")
struct ConfigPipelineTests {
    static let minimal = #"{"name": "p", "source": {"connector": "ticker"}, "sinks": [{"connector": "printer"}]}"#

    @Test("Defaults")
    func defaults() throws {
        let pipeline = try #require(ConfigFolder(["p.json": Self.minimal]).load("p.json").first)
        #expect(pipeline.name == "p")
        #expect(pipeline.tasksMax == 1)
        #expect(pipeline.sinks.map(\.name) == ["printer"])
        #expect(pipeline.errors.tolerance == .none)
        #expect(pipeline.errors.retryTimeout == .seconds(300))
        #expect(pipeline.errors.retryDelayMax == .seconds(60))
        #expect(!pipeline.errors.isLogged && !pipeline.errors.isRecordLogged)
        #expect(pipeline.errors.deadLetterSink == nil)
        #expect(pipeline.restart.maxAttempts == 10)
        #expect(pipeline.restart.backoff == .seconds(1) && pipeline.restart.backoffMax == .seconds(60))
        #expect(pipeline.restart.resetAfter == .seconds(300))
        #expect(pipeline.secrets.isEmpty)
    }

    @Test("Everything set")
    func everything() throws {
        let json = """
            {"$schema": "s", "name": "p", "tasks.max": 4, "errors.tolerance": "all", "errors.retry.timeout": -1,
             "errors.retry.delay.max.ms": 10, "errors.log.enable": true, "errors.log.include.messages": "true",
             "restart.max.attempts": -1, "restart.backoff.ms": 5, "restart.backoff.max.ms": 6,
             "restart.reset.after.ms": 7,
             "errors.deadletterqueue": {"connector": "web", "url": "u", "name": "dead"},
             "source": {"connector": "ticker", "count": 3},
             "transforms": [
                {"type": "org.apache.kafka.connect.transforms.Keep$Key", "include": "a",
                 "predicate": {"type": "Named", "pattern": "x"}, "negate": true}],
             "sinks": [{"connector": "printer", "name": "one", "transforms": [{"type": "Match", "pattern": "m"}]},
                {"connector": "printer", "name": "two"}]}
            """
        let pipeline = try #require(ConfigFolder(["p.json": json]).load("p.json").first)
        #expect(pipeline.tasksMax == 4)
        #expect(pipeline.errors.tolerance == .all && pipeline.errors.retryTimeout == nil)
        #expect(pipeline.errors.retryDelayMax == .milliseconds(10))
        #expect(pipeline.errors.isLogged && pipeline.errors.isRecordLogged)
        #expect(pipeline.errors.deadLetterSink?.name == "dead")
        #expect(pipeline.restart.maxAttempts == nil && pipeline.restart.backoff == .milliseconds(5))
        #expect(pipeline.restart.backoffMax == .milliseconds(6) && pipeline.restart.resetAfter == .milliseconds(7))
        #expect(pipeline.source.values[ConfigFolder.count] == 3)
        #expect(pipeline.sinks.map(\.name) == ["one", "two"])
        #expect(pipeline.sinks[0].transforms.map(\.label) == ["sinks/0/transforms/0"])
        let step = try #require(pipeline.transforms.first)
        #expect(step.type == "Keep$Key" && step.part == .key && step.label == "transforms/0")
        #expect(step.predicate?.definition.name == "Named" && step.predicate?.isNegated == true)
    }

    @Test("A file of several pipelines and a directory of files")
    func several() throws {
        let folder = try ConfigFolder([
            "all/b.json": #"{"pipelines": [\#(Self.minimal), \#(Self.minimal.replacing("\"p\"", with: "\"q\""))]}"#,
            "all/a.json": Self.minimal.replacing("\"p\"", with: "\"r\""), "all/notes.txt": "no pipeline",
        ])
        #expect(try folder.load("all").map(\.name) == ["r", "p", "q"])
    }

    @Test("Two pipelines of one name are refused, naming the place of the first")
    func duplicates() throws {
        let folder = try ConfigFolder(["pipeline.json": #"{"pipelines": [\#(Self.minimal),\#n\#(Self.minimal)]}"#])
        #expect(
            folder.problems() == [
                "pipeline.json:2:1: /pipelines/1: the name \"p\" is taken by the pipeline at pipeline.json:1:16; "
                    + "choose another"
            ])
    }

    @Test("A worker file, flags over it, and its defaults")
    func worker() throws {
        let folder = try ConfigFolder([
            "worker.json": #"{"plugin.path": ["/a", "/b"], "log.level": "debug", "offset.flush.interval.ms": 20}"#,
            "worker.properties": "plugin.path=/a,/b\nlog.format=json\n",
        ])
        let defaults = try WorkerConfig.load(nil)
        #expect(defaults.pluginPath.isEmpty && defaults.statePath == "sluice-state.db")
        #expect(defaults.logFormat == .text && defaults.logLevel == .info)
        #expect(defaults.flushInterval == .seconds(1) && defaults.shutdownTimeout == .seconds(5))
        #expect(defaults.startTimeout == .seconds(30))
        let worker = try WorkerConfig.load("\(folder.path)/worker.json", flags: ["log.level": "error"])
        #expect(worker.pluginPath == ["/a", "/b"] && worker.logLevel == .error)
        #expect(worker.flushInterval == .milliseconds(20))
        let properties = try WorkerConfig.load("\(folder.path)/worker.properties")
        #expect(properties.pluginPath == ["/a", "/b"] && properties.logFormat == .json)
    }

    @Test("A bad flag is told by its own name")
    func badFlag() {
        do throws(ConfigFailure) {
            _ = try WorkerConfig.load(nil, flags: ["log.level": "eror"])
            Issue.record("a log level that is none was accepted")
        } catch {
            #expect(
                error.description == "--log-level: log.level is \"eror\"; expected one of debug, info, warning, error "
                    + "(did you mean \"error\"?)")
        }
    }
}
