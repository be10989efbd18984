import Formats

/// What a task could not make durable.
///
/// The system forgets what it failed to write to the disk, and a second try would succeed without it. So after the first
/// such failure nothing is written or synchronized any more: the records are read, and written, again.
final class Doubt {
    private(set) var reason: FileFailure?

    /// Fails where something failed before.
    func check() throws(FileFailure) {
        if let reason { throw reason }
    }

    /// Does what may fail only once.
    func note<Result>(_ body: () throws(FileFailure) -> Result) throws(FileFailure) -> Result {
        try check()
        do throws(FileFailure) {
            return try body()
        } catch {
            reason = error
            throw error
        }
    }
}
