internal import CSystem
internal import ConnectorKit

/// Tries a library out in a process of its own, so that one that crashes or hangs cannot take the worker with it.
struct PluginProbe {
    /// How long a library may take to load and to name what it offers.
    var timeout = Duration.seconds(5)

    /// Returns when the library loads, was built like this worker, and gives a manifest.
    func check(_ path: String) throws(PluginFailure) {
        var result = sluice_probe()
        let failure = unsafe sluice_probe_plugin(path, PluginABI.text(), Int32(timeout.milliseconds), &result)
        if failure != 0 {
            throw PluginFailure("\(path) could not be tried out: \(systemMessage(failure)); try again")
        }
        let text = unsafe withUnsafeBytes(of: result.text) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        try judge(path, result, text)
    }

    private func judge(_ path: String, _ result: sluice_probe, _ text: String) throws(PluginFailure) {
        switch result.step {
        case Int32(SLUICE_PROBE_DONE.rawValue): return
        case Int32(SLUICE_PROBE_LOAD_FAILED.rawValue): throw .notLoaded(path, reason: text)
        case Int32(SLUICE_PROBE_NO_ABI.rawValue): throw .noSymbol(path, "sluice_plugin_abi")
        case Int32(SLUICE_PROBE_OTHER_ABI.rawValue): throw .otherABI(path, text)
        case Int32(SLUICE_PROBE_NO_ENTRY.rawValue): throw .noSymbol(path, "sluice_plugin")
        case Int32(SLUICE_PROBE_NO_MANIFEST.rawValue):
            throw PluginFailure("\(path) returned no manifest from sluice_plugin; return manifest.export()")
        case Int32(SLUICE_PROBE_CALLING_ABI.rawValue): throw died(path, result, in: "sluice_plugin_abi")
        case Int32(SLUICE_PROBE_CALLING_ENTRY.rawValue): throw died(path, result, in: "sluice_plugin")
        default: throw died(path, result, in: "its initializers")
        }
    }

    private func died(_ path: String, _ result: sluice_probe, in place: String) -> PluginFailure {
        let code = result.code
        let what =
            switch result.end {
            case Int32(SLUICE_PROBE_TIMED_OUT.rawValue):
                "did not return from \(place) within \(timeout.milliseconds) ms"
            case Int32(SLUICE_PROBE_SIGNALLED.rawValue): "crashed with \(signalName(code)) in \(place)"
            default: "ended the process with exit status \(code) in \(place)"
            }
        return PluginFailure("\(path) \(what); it was tried out in a process of its own and is not loaded")
    }

    private func signalName(_ number: Int32) -> String {
        guard let name = unsafe sluice_signal_name(number) else { return "signal \(number)" }
        return unsafe String(cString: name)
    }
}
