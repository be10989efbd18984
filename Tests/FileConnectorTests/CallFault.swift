import CFaults
import TestSupport

/// Calls on the files of a directory that are counted, or fail.
final class CallFault {
    private let number: Int32

    /// - Parameters:
    ///   - end: What the path ends in.
    ///   - after: Calls that succeed first.
    ///   - times: Calls that fail at most.
    ///   - reason: The error number; nil counts only.
    init(
        _ call: sluice_call, in directory: TemporaryDirectory, _ end: String = "", after: Int = 0, times: Int = 1 << 30,
        failing reason: Int32? = nil
    ) {
        number = unsafe sluice_fault_add(call, directory.path, end, Int32(after), Int32(times), reason ?? 0)
    }

    deinit { sluice_fault_remove(number) }

    var count: Int { Int(sluice_fault_count(number)) }
}
