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
    ]

    @Test("A library with", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"), arguments: wrong)
    func wrongLibrary(_ name: String, _ code: String, _ message: String) throws {
        let folder = try PluginFolder()
        #expect(PluginFolder.failure(try folder.compile(code, to: "libsluice-a.so")) == message)
    }

    @Test("Another ABI text names both sides", .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc"))
    func otherABI() throws {
        let folder = try PluginFolder()
        let code =
            "const char *sluice_plugin_abi(void) { return \"sluice-sdk=0.0.1\"; }\n" + Self.entry + "abort(); }"
        let mine = unsafe String(cString: PluginABI.text())
        #expect(
            PluginFolder.failure(try folder.compile(code, to: "a.so"))
                == "LIB was built with \"sluice-sdk=0.0.1\" and this worker with \"\(mine)\"; build the plugin again "
                + "with this worker's SDK and compiler")
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
