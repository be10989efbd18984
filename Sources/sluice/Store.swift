import Glibc
import Runtime

/// Opens the positions that `state.path` names, making the file when it is missing.
func openStore(_ path: String) throws -> SQLitePositionStore {
    try reportingState { () throws(StateError) in try SQLitePositionStore(path: path) }
}

/// Opens positions that are there already.
///
/// - Parameter isReadOnly: Whether they are only looked at, which a running worker does not mind.
func openExistingStore(_ path: String, isReadOnly: Bool) throws -> SQLitePositionStore {
    if unsafe access(path, F_OK) != 0 {
        throw CommandFailure(
            .environment, "there is no state file \(path); name one with --state-path, or run a pipeline first")
    }
    return isReadOnly
        ? try reportingState { () throws(StateError) in try SQLitePositionStore(reading: path) } : try openStore(path)
}

/// Ends the command with what is wrong with the state.
func reportingState<Result>(_ body: () throws(StateError) -> Result) throws -> Result {
    do throws(StateError) { return try body() } catch {
        throw CommandFailure(.environment, error.message)
    }
}
