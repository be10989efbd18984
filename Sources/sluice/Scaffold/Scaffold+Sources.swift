extension Scaffold {
    /// What the author goes on from.
    static func source(_ kind: Kind, name: String, type: String) -> String {
        switch kind {
        case .source: source(name, type)
        case .sink: sink(type)
        case .transform: transform(type)
        }
    }

    private static func source(_ name: String, _ type: String) -> String {
        """
        import ConnectorKit

        final class \(type): Source {
            static let limit = Setting.int("max.records", in: 0...Int.max, "Records to make.").defaulting(to: 10)
            private var next = 0, limit = 0

            func start(_ context: SourceContext) async throws {
                limit = context.config[Self.limit]
                next = Int(context.offset(of: ["source": "\(name)"])?["next"]?.int ?? 0)
            }

            func poll(into batch: inout RecordBatch) async throws -> Poll {
                guard next < limit else { return .finished }
                try batch.append { $0.add("n", next) }
                next += 1
                batch.mark(Position(partition: ["source": "\(name)"], offset: ["next": .int(Int64(next))]))
                return .more
            }
        }

        """
    }

    private static func sink(_ type: String) -> String {
        """
        import ConnectorKit
        import Foundation

        final class \(type): Sink {
            static let prefix = Setting.string("prefix", "Stands before each record.").defaulting(to: "")
            private(set) var prefix = "", held = ""

            func start(_ context: SinkContext) async throws -> [Position]? {
                prefix = context.config[Self.prefix]
                return nil
            }

            func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
                batch.forEach { held += prefix + $0.value.jsonText + "\\n" }
            }

            func flush() async throws {  // what is held back after this is committed and can be lost
                try FileHandle.standardOutput.write(contentsOf: Data(held.utf8))
                held = ""
            }
        }

        """
    }

    private static func transform(_ type: String) -> String {
        """
        import ConnectorKit

        struct \(type): RecordTransform {
            static let field = Setting.string("field", "The field to hide.").example("email")
            let field: FieldName

            init(_ values: ConfigValues) { field = FieldName(interning: values[Self.field]) }

            func apply(_ record: RecordEditor) throws -> Bool {
                if record[field].exists { record.set(field, "***") }
                return true
            }
        }

        """
    }

    /// A test of it.
    static func test(_ kind: Kind, module: String, type: String) -> String {
        let body =
            switch kind {
            case .source: sourceTest
            case .sink: sinkTest(type)
            case .transform: transformTest(type)
            }
        let kit = kind == .source ? "import ConnectorTestKit\n" : ""
        return "import ConnectorKit\n\(kit)import Testing\n\n@testable import \(module)\n\n\(body)\n"
    }

    private static var sourceTest: String {
        """
        @Test("It keeps the contract of a source", arguments: SourceCheck.all)
        func conforms(_ check: SourceCheck) async throws { try await check.run(on: Numbers()) }

        struct Numbers: SourceSubject {
            let definition = manifest.sources[0]
            var traits: SourceTraits {
                var traits = SourceTraits()
                traits.holdsAnything = false  // it makes its own records
                return traits
            }

            func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { Fifty() }
        }

        final class Fifty: SourcePlace {
            let settings = #"{"max.records": 50}"#
            let expected = (0..<50).map { SampleRecord(value: #"{"n":\\#($0)}"#) }
        }
        """
    }

    private static func sinkTest(_ type: String) -> String {
        """
        @Test("It takes each record with the prefix and lets go of it in a flush")
        func takes() async throws {
            let config = try ConfigValues(json: #"{"prefix": "> "}"#, definition: manifest.sinks[0].config)
            let sink = \(type)()
            var batch = RecordBatch()
            var report = PutReport()
            try batch.append { $0.add("n", 1) }
            _ = try await sink.start(SinkContext(config: config))
            try await sink.put(batch, report: &report)
            #expect(sink.held == "> {\\"n\\":1}\\n")
            try await sink.flush()
            #expect(sink.held.isEmpty)
        }
        """
    }

    private static func transformTest(_ type: String) -> String {
        """
        @Test("It hides the field and leaves the others")
        func hides() throws {
            let config = try ConfigValues(json: #"{"field": "email"}"#, definition: manifest.transforms[0].config)
            var batch = RecordBatch()
            try batch.append { record in
                record.add("email", "ada@example.com")
                record.add("city", "London")
            }
            try \(type)(config).apply(to: &batch)
            let text = batch[0].value.jsonText
            #expect(text == #"{"email":"***","city":"London"}"#)
        }
        """
    }
}
