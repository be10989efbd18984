import ConnectorKit
import Formats
import Glibc

/// The state on disk that all tasks of a sink share, in this worker and in others.
///
/// Each state is a file with a number of its own, and the highest counts. It is replaced by making the file of the next
/// number, which only one can do, so nobody's change is lost, however long somebody stood still in the middle of it. The lock
/// only spares most of them a second try.
final class SharedState {
    /// How long the lock is waited for at most.
    private static let longestWait = Duration.seconds(1)
    /// Tries of one change; each that fails lets one of somebody else pass.
    private static let mostTries = 1000

    private struct Numbered {
        let number: Int
        let state: SinkState
    }

    private let names: SinkNames
    private let owner: SinkOwner
    /// Whether it is not known if a change was made: files that it may name must stay.
    private(set) var isInDoubt = false
    /// The newest state that was seen.
    private var seen = Numbered(number: 0, state: SinkState())

    init(_ names: SinkNames, _ owner: SinkOwner) {
        self.names = names
        self.owner = owner
    }

    /// The state now; an empty one when there is none.
    func read() throws(ConnectorError) -> SinkState { try newest().state }

    /// Changes the state; when this returns the change is on the disk.
    ///
    /// - Parameter change: Called again with a newer state when another was faster. A throw leaves the state as it is.
    func update<Result>(
        _ change: (inout SinkState) throws(ConnectorError) -> Result
    ) throws(ConnectorError) -> Result {
        do throws(FileFailure) { try FileSystem.makeDirectory(names.stateFolder) } catch { throw error.connectorError }
        return try BriefLock.hold(names.stateLock, atMost: Self.longestWait) { () throws(ConnectorError) in
            try replace(with: change)
        }
    }

    private func replace<Result>(
        with change: (inout SinkState) throws(ConnectorError) -> Result
    ) throws(ConnectorError) -> Result {
        for _ in 0..<Self.mostTries {
            let old = try newest()
            var state = old.state
            let result = try change(&state)
            state.owners[owner.id, default: SinkState.Record(owner: owner)].changes += 1
            if try replace(old, with: state) { return result }
        }
        throw .retriable("others replaced the state in \(names.stateFolder) \(Self.mostTries) times in a row")
    }

    /// False when another state counts, without this change.
    private func replace(_ old: Numbered, with state: SinkState) throws(ConnectorError) -> Bool {
        let new = Numbered(number: old.number + 1, state: state)
        do throws(FileFailure) {
            guard try make(new) else { return false }
        } catch {
            throw error.connectorError
        }
        return try counts(new)
    }

    /// Whether a state that was made counts, or those that others made of it do, once it is durable.
    private func counts(_ new: Numbered) throws(ConnectorError) -> Bool {
        do {
            try FileSystem.synchronizeDirectory(names.stateFolder)
            let older = try numbers()
            if older.max() == new.number {
                seen = new
                for number in older where number < new.number { try? FileSystem.remove(names.state(number)) }
                return true
            }
            // Others went on from it, or it came late, below states that were there and are gone.
            return try newest().state.owners[owner.id]?.changes == new.state.owners[owner.id]?.changes
        } catch {
            isInDoubt = true
            throw .restartable(
                "\(error); it is not known whether the state in \(names.stateFolder) was replaced, and a new start finds out"
            )
        }
    }

    private func make(_ new: Numbered) throws(FileFailure) -> Bool {
        var text = new.state.json
        do {
            return try text.withUTF8 { text in
                try unsafe FileSystem.make(
                    names.state(new.number), with: UnsafeRawBufferPointer(text), by: names.draft(of: owner.id))
            }
        } catch {
            throw error as? FileFailure ?? FileFailure("write", names.state(new.number), errno: EIO)
        }
    }

    private func newest() throws(ConnectorError) -> Numbered {
        while true {
            let number: Int
            let content: [UInt8]
            do throws(FileFailure) {
                guard let last = try numbers().max() else { return Numbered(number: 0, state: SinkState()) }
                if last == seen.number { return seen }
                number = last
                content = try FileSystem.content(of: names.state(last), limit: 1 << 30)
            } catch {
                // Another has put a newer one in its place.
                if error.errno == ENOENT { continue }
                throw error.connectorError
            }
            guard let text = String(validating: content, as: UTF8.self) else {
                throw SinkState.unreadable(names.state(number))
            }
            seen = Numbered(number: number, state: try SinkState(json: text, at: names.state(number)))
            return seen
        }
    }

    private func numbers() throws(FileFailure) -> [Int] {
        do throws(FileFailure) {
            return try FileSystem.names(in: names.stateFolder).compactMap { Int($0) }
        } catch {
            if error.errno == ENOENT { return [] }
            throw error
        }
    }
}
