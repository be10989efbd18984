internal import CRecords

/// Which instructions read JSON. The machine's best, or what the environment variable `SLUICE_JSON_CPU` names.
@_spi(Testing)
public enum JSONInstructions: Int32, Sendable, CaseIterable {
    /// C for any machine.
    case portable
    /// x86-64 as it began.
    case sse2
    /// x86-64-v3.
    case avx2
    /// AVX-512 with BW, VL and VBMI2.
    case avx512

    /// What this process uses.
    public static var current: JSONInstructions { JSONInstructions(rawValue: sluice_cpu_level()) ?? .portable }

    /// What this machine can use.
    public static var available: [JSONInstructions] {
        allCases.filter { $0.rawValue <= sluice_best_cpu_level() }
    }

    /// Chooses what this process uses; answers the machine's best when it lacks `self`.
    @discardableResult
    public func use() -> JSONInstructions { JSONInstructions(rawValue: sluice_set_cpu_level(rawValue)) ?? .portable }
}
