internal import ConnectorKit

/// What one side of the plugin border was built with, read from the text of ``PluginABI``.
public struct BuildDescription: Sendable, Equatable, CustomStringConvertible {
    private let parts: [String: String]

    /// Reads a text such as `sluice-sdk=0.1.0;layout=…;swift=6.3.1;toolchain=…`.
    public init(_ text: String) {
        let pairs = text.split(separator: ";").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        parts = Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
    }

    /// What this worker was built with.
    public static var own: BuildDescription { BuildDescription(unsafe String(cString: PluginABI.text())) }

    /// For people: `SDK 0.1.0, layout 2d5546463346, Swift 6.3.1`.
    public var description: String {
        let named = [("SDK", "sluice-sdk"), ("layout", "layout"), ("Swift", "swift")].compactMap { name, key in
            parts[key].map { "\(name) \($0)" }
        }
        return named.isEmpty ? "something that is no SDK of Sluice" : named.joined(separator: ", ")
    }

    /// What to do about a plugin that was built with `self`, in a worker built with `other`.
    func remedy(in other: BuildDescription) -> String {
        let isSameSDK = ["sluice-sdk", "layout"].allSatisfy { parts[$0] == other.parts[$0] }
        guard isSameSDK else { return "build the plugin again with this worker's SDK" }
        let swift = other.parts["swift"] ?? ""
        guard parts["swift"] == other.parts["swift"] else { return "build the plugin again with Swift \(swift)" }
        return "they are two builds of Swift \(swift); build both with one of them"
    }
}
