import ConnectorKit
import FoundationEssentials
import TestSupport
import Testing

@testable import Runtime

@Suite("A library that cannot be used is told in one sentence, and the worker lives on", .ownThread)
struct PluginLibraryTests {
    private static let entry = "void *sluice_plugin(void) { "

    @Test("A text file that is named like a library")
    func textFile() throws {
        let file = try PluginFolder().write(Array("hello, this is no library".utf8), to: "libsluice-a.so")
        #expect(PluginFolder.failure(file) == "LIB could not be read: No such file or directory")
        let folder = try PluginFolder()
        let kept = try folder.write(Array("hello, this is no library".utf8), to: "libsluice-a.so")
        #expect(
            PluginFolder.failure(kept)
                == "LIB is not a shared library: it does not begin with an ELF header; build it again or take it off "
                + "plugin.path")
    }

    @Test("An empty file")
    func empty() throws {
        let folder = try PluginFolder()
        #expect(PluginFolder.failure(try folder.write([], to: "a.so"))?.contains("is not a shared library") == true)
    }

    @Test("A library for another machine", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"))
    func otherMachine() throws {
        let folder = try PluginFolder()
        let file = try folder.compile("", to: "a.so")
        var bytes = try Array(Data(contentsOf: URL(filePath: file)))
        let other: UInt8 = bytes[18] == 183 ? 62 : 183
        bytes[18] = other
        let patched = try folder.write(bytes, to: "b.so")
        let (own, theirs) = other == 183 ? ("x86_64", "aarch64") : ("aarch64", "x86_64")
        #expect(
            PluginFolder.failure(patched)
                == "LIB is built for \(theirs) and this worker runs on \(own); build the plugin for \(own)")
    }

    @Test("An object file", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"))
    func objectFile() throws {
        let folder = try PluginFolder()
        let file = try folder.compile("", to: "a.so", "-c", "-no-pie", "-r", "-nostdlib")
        #expect(
            PluginFolder.failure(file)
                == "LIB is an ELF file but no shared library; build the plugin as a dynamic library product")
    }

    static let wrong: [(name: String, code: String, message: String)] = [
        (
            "no symbols", "int other;",
            "LIB is not a Sluice plugin: it has no function sluice_plugin_abi; export one with @c(sluice_plugin_abi) or "
                + "take the file off plugin.path"
        ),
        (
            "no entry", PluginFolder.sameABI,
            "LIB is not a Sluice plugin: it has no function sluice_plugin; export one with @c(sluice_plugin) or take "
                + "the file off plugin.path"
        ),
        (
            "no manifest", PluginFolder.sameABI + entry + "return 0; }",
            "LIB returned no manifest from sluice_plugin; return manifest.export()"
        ),
        (
            "aborts in its entry", PluginFolder.sameABI + entry + "abort(); }",
            "LIB crashed with SIGABRT in sluice_plugin; it was tried out in a process of its own and is not loaded"
        ),
        (
            "reads address zero in its ABI function",
            "const char *sluice_plugin_abi(void) { return (const char *)(long)*(volatile int *)0; }",
            "LIB crashed with SIGSEGV in sluice_plugin_abi; it was tried out in a process of its own and is not loaded"
        ),
        (
            "crashes while it is loaded", "__attribute__((constructor)) void start(void) { abort(); }",
            "LIB crashed with SIGABRT in its initializers; it was tried out in a process of its own and is not loaded"
        ),
        (
            "ends the process", PluginFolder.sameABI + entry + "_exit(7); }",
            "LIB ended the process with exit status 7 in sluice_plugin; it was tried out in a process of its own and is "
                + "not loaded"
        ),
        (
            "undefined symbol", "int nowhere_defined(void); int call(void) { return nowhere_defined(); }",
            "LIB needs the symbol nowhere_defined, which no library it is linked with has; link the plugin with the "
                + "library that defines it"
        ),
        (
            "undefined symbol of the SDK",
            "int $s12ConnectorKit3FooVN(void); int call(void) { return $s12ConnectorKit3FooVN(); }",
            "LIB needs $s12ConnectorKit3FooVN of the SDK, which this worker's libConnectorKit.so does not have; build the "
                + "plugin again with this worker's SDK"
        ),
    ]

    @Test("A library with", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"), arguments: wrong)
    func wrongLibrary(_ name: String, _ code: String, _ message: String) throws {
        let folder = try PluginFolder()
        #expect(PluginFolder.failure(try folder.compile(code, to: "libsluice-a.so")) == message)
    }

    /// What a plugin says it was built with, with `LAYOUT`, `SWIFT` and `CHAIN` for this worker's own, and what is said.
    static let builds: [(String, String, String)] = [
        (
            "sluice-sdk=0.1.0;layout=LAYOUT;swift=6.2.4;toolchain=CHAIN",
            "SDK 0.1.0, layout LAYOUT, Swift 6.2.4", "build the plugin again with Swift SWIFT"
        ),
        (
            "sluice-sdk=0.1.0;layout=0123456789ab;swift=6.2.4;toolchain=CHAIN",
            "SDK 0.1.0, layout 0123456789ab, Swift 6.2.4", "build the plugin again with this worker's SDK"
        ),
        (
            "sluice-sdk=0.1.0;layout=6;compiler=Clang 21.0.0", "SDK 0.1.0, layout 6",
            "build the plugin again with this worker's SDK"
        ),
        (
            "sluice-sdk=0.1.0;layout=LAYOUT;swift=SWIFT;toolchain=Clang 21.0.1",
            "SDK 0.1.0, layout LAYOUT, Swift SWIFT", "they are two builds of Swift SWIFT; build both with one of them"
        ),
        ("hello", "something that is no SDK of Sluice", "build the plugin again with this worker's SDK"),
    ]

    @Test(
        "Another ABI text names both sides, by Swift's compiler, and what to do",
        .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"), arguments: builds)
    func otherABI(_ text: String, _ theirs: String, _ remedy: String) throws {
        let own = unsafe String(cString: PluginABI.text()).split(separator: ";").map {
            String($0.split(separator: "=", maxSplits: 1)[1])
        }
        func filled(_ text: String) -> String {
            text.replacing("LAYOUT", with: own[1]).replacing("SWIFT", with: own[2]).replacing("CHAIN", with: own[3])
        }
        let folder = try PluginFolder()
        let code = "const char *sluice_plugin_abi(void) { return \"\(filled(text))\"; }\n" + Self.entry + "abort(); }"
        let mine = "SDK 0.1.0, layout LAYOUT, Swift SWIFT"
        #expect(own[2].first == "6" && !own[2].contains("Clang"))
        #expect(
            PluginFolder.failure(try folder.compile(code, to: "a.so"))
                == filled("LIB was built with \(theirs) and this worker with \(mine); \(remedy)"))
    }

    @Test("An entry that never returns is given up", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"))
    func hangs() throws {
        let folder = try PluginFolder()
        let file = try folder.compile(PluginFolder.sameABI + Self.entry + "for (;;) pause(); }", to: "a.so")
        #expect(
            PluginFolder.failure(file, timeout: .milliseconds(300))
                == "LIB did not return from sluice_plugin within 300 ms; it was tried out in a process of its own and "
                + "is not loaded")
    }

    @Test("A library it needs is missing", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"))
    func missingDependency() throws {
        let folder = try PluginFolder()
        let other = try folder.compile("int other(void) { return 1; }", to: "libother.so", "-Wl,-soname,libother.so")
        let file = try folder.compile("int other(void); int f(void) { return other(); }", to: "a.so", other)
        try FileManager.default.removeItem(atPath: other)
        #expect(PluginFolder.failure(file) == "LIB needs libother.so, which was not found; install it")
    }
}
