/// The files of a new package with one connector or transform.
struct Scaffold {
    enum Kind: String {
        case source
        case sink
        case transform
    }

    private let kind: Kind
    /// As pipelines name a connector and as the library is called.
    private let name: String
    /// As Swift names the module.
    private let module: String
    private let sdk: String

    /// - Throws: When the name cannot be one of a package.
    init(_ kind: Kind, name: String, sdk: String) throws {
        let letters = name.unicodeScalars
        let isPlain = letters.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
        guard isPlain, let first = letters.first, ("a"..."z").contains(first), letters.count <= 40, letters.last != "-"
        else {
            throw CommandFailure(
                .badInput,
                "\"\(name)\" cannot name a plugin; expected lower-case letters, digits and hyphens, a letter first")
        }
        self.kind = kind
        self.name = name
        module = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        self.sdk = sdk
    }

    /// The paths within the package and what stands there.
    var files: [(String, String)] {
        [
            ("Package.swift", package), (".gitignore", ".build/\n"), ("README.md", readme),
            ("pipeline.json", pipeline), ("Sources/\(module)/Plugin.swift", plugin),
            ("Sources/\(module)/\(type).swift", Self.source(kind, name: name, type: type)),
            ("Tests/\(module)Tests/\(type)Tests.swift", Self.test(kind, module: module, type: type)),
        ]
    }

    private var type: String { module + kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst() }

    private var package: String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let kit: Target.Dependency = .product(name: "ConnectorKit", package: "ConnectorKit")
        let testKit: Target.Dependency = .product(name: "ConnectorTestKit", package: "ConnectorTestKit")
        // Calls stay on the thread of their task, as the SDK promises.
        let settings: [SwiftSetting] = [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

        let package = Package(
            name: "\(name)",
            products: [.library(name: "sluice-\(name)", type: .dynamic, targets: ["\(module)"])],
            dependencies: [.package(path: "\(sdk)"), .package(path: "\(sdk)/../ConnectorTestKit")],
            targets: [
                .target(name: "\(module)", dependencies: [kit], swiftSettings: settings),
                .testTarget(name: "\(module)Tests", dependencies: [kit, testKit, "\(module)"], swiftSettings: settings),
            ],
            swiftLanguageModes: [.v6]
        )

        """
    }

    private var plugin: String {
        """
        import ConnectorKit

        let manifest = PluginManifest(
            name: "\(name)", version: "0.1.0",
            \(kind.rawValue)s: [
                \(definition)
            ])

        /// What this plugin was compiled with.
        @c(sluice_plugin_abi)
        public func pluginABI() -> UnsafePointer<CChar> { PluginABI.text() }

        /// What this plugin offers.
        @c(sluice_plugin)
        public func plugin() -> UnsafeMutableRawPointer { manifest.export() }

        """
    }

    private var definition: String {
        switch kind {
        case .source:
            """
            SourceDefinition(
                        "\(name)", documentation: "Counts.", config: ConfigDefinition([\(type).limit]),
                        make: { \(type)() })
            """
        case .sink:
            """
            SinkDefinition(
                        "\(name)", documentation: "Prints records.", config: ConfigDefinition([\(type).prefix]),
                        prints: true, make: { \(type)() })
            """
        case .transform:
            """
            TransformDefinition(
                        "\(module)", documentation: "Hides a field.", config: ConfigDefinition([\(type).field]),
                        make: { values, _ in \(type)(values) })
            """
        }
    }

    private var pipeline: String {
        let end = "\"sinks\": [ { \"connector\": \"stdout\" } ]"
        let numbers = "\"source\": { \"connector\": \"emulator\", \"kinds\": \"users\", \"max.records\": 10 }"
        let parts =
            switch kind {
            case .source: ["\"source\": { \"connector\": \"\(name)\", \"max.records\": 10 }", end]
            case .sink: [numbers, "\"sinks\": [ { \"connector\": \"\(name)\", \"prefix\": \"> \" } ]"]
            case .transform:
                [numbers, "\"transforms\": [ { \"type\": \"\(module)\", \"field\": \"first_name\" } ]", end]
            }
        return (["{\n  \"name\": \"\(name)-demo\""] + parts.map { "  \($0)" }).joined(separator: ",\n") + "\n}\n"
    }

    private var readme: String {
        """
        # \(name)

        A Sluice \(kind.rawValue). Its code is `Sources/\(module)/\(type).swift`; `Plugin.swift` beside it says what the
        plugin offers.

        ```sh
        swift test
        swift build
        sluice run pipeline.json --once --plugin-path .build/debug
        ```

        """
    }
}
