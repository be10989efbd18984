// swift-tools-version: 6.2
import PackageDescription

let kit: Target.Dependency = .product(name: "ConnectorKit", package: "ConnectorKit")
let testKit: Target.Dependency = .product(name: "ConnectorTestKit", package: "ConnectorTestKit")

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A connector: one folder under connectors/, one dynamic library that the worker loads when a pipeline names it.
struct Connector {
    let name: String
    let target: String
    var dependencies: [Target.Dependency] = []
    var testDependencies: [Target.Dependency] = []

    var product: Product { .library(name: "sluice-\(name)", type: .dynamic, targets: [target]) }
    var module: Target {
        .target(name: target, dependencies: [kit] + dependencies, path: "connectors/\(name)", swiftSettings: house)
    }
    var tests: Target {
        .testTarget(
            name: "\(target)Tests",
            dependencies: [kit, testKit, .target(name: target), "TestSupport"] + dependencies + testDependencies,
            swiftSettings: house, linkerSettings: [oneEntryForAll])
    }
}

/// Every plugin exports the same two C functions, and all tests are linked into one program, which looks up neither.
let oneEntryForAll = LinkerSetting.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "muldefs"])

let connectors = [
    Connector(name: "discard", target: "DiscardConnector"),
    Connector(name: "stdout", target: "StdoutConnector"),
    Connector(name: "file", target: "FileConnector", dependencies: ["Formats"], testDependencies: ["CFaults"]),
    Connector(name: "emulator", target: "EmulatorConnector", dependencies: ["Formats"]),
    Connector(name: "github", target: "GitHubConnector", dependencies: ["HTTPClient"]),
    Connector(name: "postgres", target: "PostgresConnector", dependencies: ["CPostgres"]),
    Connector(name: "randomuser", target: "RandomUserConnector", dependencies: ["HTTPClient"]),
    Connector(name: "kafka", target: "KafkaConnector", dependencies: ["CRdKafka"]),
    Connector(name: "mongodb", target: "MongoDBConnector", dependencies: ["CCrypto", "CMongo", "Formats"]),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: [kit] + dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: [kit, testKit, "TestSupport"] + dependencies, exclude: exclude, swiftSettings: house)
}

func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "sluice",
    products: [.executable(name: "sluice", targets: ["sluice"])] + connectors.map(\.product),
    dependencies: [.package(path: "Sources/ConnectorKit"), .package(path: "Sources/ConnectorTestKit")],
    targets: [
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("CMongo", pkgConfig: "libmongoc-1.0", apt: "libmongoc-dev"),
        system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        system("CRdKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        .target(name: "CSystem"),
        library("HTTPClient", ["CCurl"]),
        library("Formats", ["CZlib", "CZstd", "CSystem"]),
        library("Transforms"),
        library("Runtime", ["CSQLite", "CSystem"]),
        .executableTarget(name: "sluice", dependencies: [kit, "Runtime", "Transforms"], swiftSettings: house),
        library("TestSupport", ["HTTPClient", testKit]),
        .executableTarget(name: "crash-run", dependencies: ["TestSupport"], swiftSettings: house),
        .target(name: "CFaults", path: "Tests/CFaults"),
        tests("ConnectorKitTests", [], exclude: ["Records/Differential/differential.py"]),
        tests("ConnectorTestKitTests", []),
        tests("HTTPClientTests", ["HTTPClient"]),
        tests("FormatsTests", ["Formats"]),
        tests("TransformsTests", ["Transforms"]),
        tests("RuntimeTests", ["Runtime", "Transforms"]),
        tests("CommandTests", []),
        tests("EndToEndTests", ["Runtime"]),
    ] + connectors.map(\.module) + connectors.map(\.tests),
    swiftLanguageModes: [.v6]
)
