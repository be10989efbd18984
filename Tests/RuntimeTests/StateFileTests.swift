import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Runtime

@Suite("The file that positions are kept in")
struct StateFileTests {
    private let folder = TemporaryDirectory()

    private func path(_ name: String) -> String { folder(name) }

    private func refusal(_ path: String) -> String {
        do throws(StateError) {
            _ = try SQLitePositionStore(path: path)
            return "opened"
        } catch { return error.message }
    }

    @Test("Two names of one file are one file to a second worker", arguments: [true, false])
    func names(_ isSymbolic: Bool) throws {
        let store = try SQLitePositionStore(path: path("state.db"))
        let other = path("other.db")
        #expect(unsafe (isSymbolic ? symlink(path("state.db"), other) : link(path("state.db"), other)) == 0)
        // Behind another name than that of the write-ahead log, the process id is not to be had.
        #expect(refusal(other).contains("is in use by another worker (pid \(isSymbolic ? "\(getpid())" : "unknown"))"))
        try store.commit([], of: "p")
    }

    @Test("A new file is for its user alone, and no other file is made beside it")
    func mode() throws {
        let store = try SQLitePositionStore(path: path("state.db"))
        var info = stat()
        #expect(unsafe stat(path("state.db"), &info) == 0 && info.st_mode & 0o777 == 0o600)
        #expect(!FileManager.default.fileExists(atPath: path("state.db.lock")))
        _ = store
    }

    @Test("In a folder that others can write, a link is not followed and nothing behind it changes")
    func linked() throws {
        #expect(unsafe chmod(folder.path, 0o777) == 0)
        let victim = path("victim")
        #expect(FileManager.default.createFile(atPath: victim, contents: Data()))
        #expect(unsafe symlink(victim, path("state.db")) == 0)
        #expect(refusal(path("state.db")).contains("it is a symbolic link, in a folder that others can write"))
        #expect(unsafe symlink(path("missing"), path("dangling.db")) == 0)
        #expect(refusal(path("dangling.db")).contains("symbolic link"))
        #expect(try Data(contentsOf: URL(filePath: victim)).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path("missing")))
    }

    @Test(
        "Another user's file in a folder that others can write is not used", .enabled(if: geteuid() == 0, "needs root"))
    func owner() throws {
        #expect(unsafe chmod(folder.path, 0o777) == 0)
        #expect(FileManager.default.createFile(atPath: path("state.db"), contents: Data()))
        #expect(unsafe chown(path("state.db"), 65534, 65534) == 0)
        #expect(refusal(path("state.db")).contains("belongs to another user"))
    }

    @Test("A named pipe is refused at once", .timeLimit(.minutes(1)))
    func pipe() throws {
        #expect(unsafe mkfifo(path("state.db"), 0o600) == 0)
        #expect(refusal(path("state.db")).contains("is not a regular file"))
    }

    @Test("Another program's database and another version's state are named and not changed", arguments: [true, false])
    func foreign(_ isForeign: Bool) throws {
        do {
            let database = try SQLiteDatabase(path: path("state.db"))
            try database.execute(
                isForeign
                    ? "CREATE TABLE films (title TEXT)"
                    : "CREATE TABLE sluice (name TEXT, value TEXT); INSERT INTO sluice VALUES ('format', '99')")
        }
        let before = try Data(contentsOf: URL(filePath: path("state.db")))
        let expected = isForeign ? "another program, with the tables films" : "has format 99"
        #expect(refusal(path("state.db")).contains(expected))
        let error = #expect(throws: StateError.self) { _ = try SQLitePositionStore(reading: path("state.db")) }
        #expect(error?.message.contains(expected) == true)
        #expect(try Data(contentsOf: URL(filePath: path("state.db"))) == before)
    }

    @Test("A name that SQLite would keep in memory is a file as any other")
    func memory() throws {
        let old = FileManager.default.currentDirectoryPath
        let database = try SQLiteDatabase(path: ":memory:")
        try database.execute("CREATE TABLE t (x)")
        defer { unsafe unlink("\(old)/:memory:") }
        #expect(FileManager.default.fileExists(atPath: "\(old)/:memory:"))
    }
}
