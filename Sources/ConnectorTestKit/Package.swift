// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ConnectorTestKit",
    products: [.library(name: "ConnectorTestKit", targets: ["ConnectorTestKit"])],
    dependencies: [.package(path: "../ConnectorKit")],
    targets: [
        .target(
            name: "ConnectorTestKit",
            dependencies: [.product(name: "ConnectorKit", package: "ConnectorKit")],
            path: ".",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
