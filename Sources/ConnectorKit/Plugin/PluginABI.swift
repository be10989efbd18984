public import CRecords

/// What a plugin and the worker must agree on before they touch each other's types.
///
/// Swift types have no stable layout between compilers or SDK versions, so both sides carry a text made where they were
/// compiled, and the worker loads a plugin only when the texts are equal.
public enum PluginABI {
    /// The SDK's version.
    public static let version = SLUICE_SDK_VERSION

    /// The text of the side that compiles this call: `sluice-sdk=0.1.0;compiler=…;layout=…`.
    ///
    /// It is compiled into the caller, so it says what the caller was built with, whichever library it runs beside.
    @_alwaysEmitIntoClient
    public static func text() -> UnsafePointer<CChar> {
        unsafe sluice_plugin_abi_text()
    }
}
