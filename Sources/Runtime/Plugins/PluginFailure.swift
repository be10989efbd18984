internal import ConnectorKit

/// Why a plugin cannot be used, or why no plugin offers a name.
public struct PluginFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence for an operator: which file, what is wrong with it, and what to do.
    public let message: String

    init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}

extension PluginFailure {
    static func noSymbol(_ path: String, _ symbol: String) -> PluginFailure {
        PluginFailure(
            "\(path) is not a Sluice plugin: it has no function \(symbol); export one with @c(\(symbol)) or take the "
                + "file off plugin.path")
    }

    static func otherABI(_ path: String, _ text: String) -> PluginFailure {
        let (theirs, mine) = (BuildDescription(text), BuildDescription.own)
        return PluginFailure(
            "\(path) was built with \(theirs) and this worker with \(mine); \(theirs.remedy(in: mine))")
    }

    /// Makes a sentence of what the dynamic linker said, which names the library first.
    static func notLoaded(_ path: String, reason: String) -> PluginFailure {
        let missing = ": cannot open shared object file: No such file or directory"
        if let range = reason.firstRange(of: "undefined symbol: ") {
            let symbol = reason[range.upperBound...].prefix { !$0.isWhitespace && $0 != "," }
            if symbol.hasPrefix("$s12ConnectorKit") {
                return PluginFailure(
                    "\(path) needs \(symbol) of the SDK, which this worker's libConnectorKit.so does not have; build the "
                        + "plugin again with this worker's SDK")
            }
            return PluginFailure(
                "\(path) needs the symbol \(symbol), which no library it is linked with has; link the plugin with the "
                    + "library that defines it")
        }
        if reason.hasSuffix(missing), !reason.hasPrefix(path) {
            return PluginFailure("\(path) needs \(reason.dropLast(missing.count)), which was not found; install it")
        }
        return PluginFailure("\(path) could not be loaded: \(reason)")
    }
}
