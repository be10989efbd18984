// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody needs simdjson to build Sluice.
let package = Package(
    name: "Benchmarks",
    targets: [
        .executableTarget(
            name: "yardstick",
            cxxSettings: [.unsafeFlags(["-O3"])],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .executableTarget(
            name: "kafka-yardstick", cSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(
            name: "mongo-yardstick",
            cSettings: [
                .unsafeFlags(["-O2", "-I/usr/include/libmongoc-1.0", "-I/usr/include/libbson-1.0"])
            ],
            linkerSettings: [.linkedLibrary("mongoc-1.0"), .linkedLibrary("bson-1.0")]),
        .executableTarget(name: "bench"),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
