import ConnectorKit
import FoundationEssentials
import TestSupport
import Testing

@testable import Runtime

@Suite("Finding plugins", .ownThread)
struct PluginCatalogTests {
    private static let compiles: ConditionTrait = .enabled(if: PluginFolder.hasCompiler, "needs the C compiler cc")

    private func catalog(_ directories: String..., builtIn: [PluginManifest] = []) -> PluginCatalog {
        PluginCatalog(PluginDirectories(directories, standard: []), builtIn: builtIn, probe: PluginProbe())
    }

    private func failure(_ body: () throws(PluginFailure) -> Void) -> String? {
        do throws(PluginFailure) {
            try body()
            return nil
        } catch {
            return error.message
        }
    }

    @Test("A missing plugin names the directories searched")
    func missing() throws {
        let folder = try PluginFolder()
        let catalog = catalog(folder.path, "/nowhere/at/all")
        #expect(
            failure { () throws(PluginFailure) in _ = try catalog.sink("kafka") }
                == "no plugin offers the sink \"kafka\"; put libsluice-kafka.so into one of the directories searched: "
                + "\(folder.path), /nowhere/at/all (which does not exist)")
    }

    @Test("A library of the connector's name that cannot be used says why", Self.compiles)
    func broken() throws {
        let folder = try PluginFolder()
        let file = try folder.compile("int other;", to: "libsluice-web.so")
        let catalog = catalog(folder.path)
        for _ in 0..<2 {
            let message = failure { () throws(PluginFailure) in _ = try catalog.sink("web") }
            #expect(message?.hasPrefix("\(file) is not a Sluice plugin: it has no function sluice_plugin_abi") == true)
        }
    }

    @Test("A name that is in no library also tells which libraries could not be asked", Self.compiles)
    func brokenOther() throws {
        let folder = try PluginFolder()
        let file = try folder.compile("int other;", to: "libsluice-web.so")
        let catalog = catalog(folder.path)
        let message = failure { () throws(PluginFailure) in _ = try catalog.transform("Foo") }
        #expect(message?.hasPrefix("no plugin offers the transform \"Foo\"; there are: none; \(file) is not") == true)
    }

    @Test("Two libraries of one connector name both files", Self.compiles)
    func twoLibraries() throws {
        let (one, two) = (try PluginFolder(), try PluginFolder())
        let first = try one.compile("", to: "libsluice-web.so")
        let second = try two.compile("", to: "libsluice-web.so")
        let catalog = catalog(one.path, two.path)
        #expect(
            failure { () throws(PluginFailure) in _ = try catalog.source("web") }
                == "the connector \"web\" is in two libraries, \(first) and \(second); remove one of them")
    }

    @Test("One library reached over two paths is one library", Self.compiles)
    func linked() throws {
        let folder = try PluginFolder()
        try folder.compile("int other;", to: "libsluice-web.so")
        let link = folder.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        defer { try? FileManager.default.removeItem(atPath: link) }
        #expect(PluginDirectories([folder.path, link], standard: []).libraries(named: "web").count == 1)
    }

    @Test("Libraries one level down are found, those deeper are not")
    func levels() throws {
        let folder = try PluginFolder()
        for name in ["a", "a/b"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        let near = try folder.write([0], to: "a/libsluice-near.so")
        _ = try folder.write([0], to: "a/b/libsluice-far.so")
        let directories = PluginDirectories([folder.path], standard: [])
        #expect(directories.libraries(named: "near") == [near])
        #expect(directories.libraries(named: "far").isEmpty)
        #expect(directories.libraries(named: "../near").isEmpty)
        #expect(directories.allLibraries() == [near])
    }

    @Test("Two plugins that offer one name are told with both files")
    func duplicateNames() {
        let manifest = ConfigFolder.manifest
        let catalog = catalog(builtIn: [manifest])
        let other = InstalledPlugin(file: "/p/libsluice-x.so", manifest: manifest)
        let mine = InstalledPlugin(file: nil, manifest: manifest)
        #expect(
            failure { () throws(PluginFailure) in try catalog.refuseDuplicates(other, among: [mine]) }
                == "the source \"ticker\" is offered by two plugins, the worker itself and /p/libsluice-x.so; "
                + "remove one of them")
    }

    @Test("A built-in name loads no library")
    func builtIn() throws {
        let folder = try PluginFolder()
        _ = try folder.write([0], to: "libsluice-ticker.so")
        #expect(try catalog(folder.path, builtIn: [ConfigFolder.manifest]).source("ticker").name == "ticker")
    }
}
