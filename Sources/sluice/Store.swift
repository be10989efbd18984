import Glibc
import Runtime

/// Opens the positions that `state.path` names.
///
/// - Parameter isRequired: Whether a missing file is an error instead of a new one.
func openStore(_ path: String, isRequired: Bool = false) throws -> SQLitePositionStore {
    if isRequired, unsafe access(path, F_OK) != 0 {
        throw CommandFailure(
            .environment, "there is no state file \(path); name one with --state-path, or run a pipeline first")
    }
    return try reportingState { () throws(StateError) in try SQLitePositionStore(path: path) }
}

/// Ends the command with what is wrong with the state.
func reportingState<Result>(_ body: () throws(StateError) -> Result) throws -> Result {
    do throws(StateError) { return try body() } catch {
        throw CommandFailure(.environment, error.message)
    }
}
