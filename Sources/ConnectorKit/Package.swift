// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ConnectorKit",
    products: [
        // One dynamic library for host and plugins: targets of one package link each other statically, so a plugin
        // linked the ordinary way would carry its own copy of these types and every cast across the border would fail.
        .library(name: "ConnectorKit", type: .dynamic, targets: ["ConnectorKit"])
    ],
    targets: [
        .target(name: "CRecords", path: "CRecords"),
        .target(
            name: "ConnectorKit",
            dependencies: ["CRecords"],
            path: ".",
            exclude: ["CRecords"],
            swiftSettings: [
                .enableExperimentalFeature("Lifetimes"),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
                // Debug builds export internal types too, and a debug plugin asks for those that its values hold.
                .unsafeFlags(["-enable-testing"], .when(configuration: .release)),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
