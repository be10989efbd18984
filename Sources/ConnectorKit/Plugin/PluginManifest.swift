/// Everything one plugin offers.
///
/// A plugin exports two C functions, which the worker looks up by name:
///
///     @c(sluice_plugin_abi) public func abi() -> UnsafePointer<CChar> { unsafe PluginABI.text() }
///     @c(sluice_plugin) public func plugin() -> UnsafeMutableRawPointer { unsafe manifest.export() }
public struct PluginManifest: Sendable {
    /// The plugin's name.
    public let name: String
    /// The plugin's own version, such as `1.2.0`.
    public let version: String
    /// Sources.
    public let sources: [SourceDefinition]
    /// Sinks.
    public let sinks: [SinkDefinition]
    /// Transforms.
    public let transforms: [TransformDefinition]
    /// Predicates.
    public let predicates: [PredicateDefinition]

    /// Lists what a plugin offers.
    public init(
        name: String, version: String, sources: [SourceDefinition] = [], sinks: [SinkDefinition] = [],
        transforms: [TransformDefinition] = [], predicates: [PredicateDefinition] = []
    ) {
        self.name = name
        self.version = version
        self.sources = sources
        self.sinks = sinks
        self.transforms = transforms
        self.predicates = predicates
    }

    /// Hands the manifest to the worker through a C function; the worker takes ownership.
    @unsafe
    public func export() -> UnsafeMutableRawPointer {
        unsafe Unmanaged.passRetained(ManifestBox(self)).toOpaque()
    }

    /// Takes over a manifest that ``export()`` gave, once.
    @unsafe
    public init(takingOver pointer: UnsafeMutableRawPointer) {
        self = unsafe Unmanaged<ManifestBox>.fromOpaque(pointer).takeRetainedValue().manifest
    }
}

private final class ManifestBox {
    let manifest: PluginManifest
    init(_ manifest: PluginManifest) { self.manifest = manifest }
}
