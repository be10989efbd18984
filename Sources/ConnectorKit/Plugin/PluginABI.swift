public import CRecords

/// What a plugin and the worker must agree on before they touch each other's types.
///
/// Swift types have no stable layout between compilers or SDK versions, so both sides carry a text made where they were
/// compiled, and the worker loads a plugin only when the texts are equal.
public enum PluginABI {
    /// The SDK's version.
    public static let version = SLUICE_SDK_VERSION

    /// The text of the side that compiles this call: `sluice-sdk=0.1.0;layout=…;swift=6.3.1;toolchain=…`.
    ///
    /// It is compiled into the caller, so it says what the caller was built with, whichever library it runs beside. The
    /// layout is a digest of all that the SDK declares.
    @_alwaysEmitIntoClient
    public static func text() -> UnsafePointer<CChar> {
        unsafe sluice_plugin_abi_text(swift.utf8Start)
    }

    /// The compiler's version, which the language lets us compare and not read.
    @_alwaysEmitIntoClient
    static var swift: StaticString {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3.3)
            "6.3.3 or a later 6.3"
        #elseif compiler(>=6.3.2)
            "6.3.2"
        #elseif compiler(>=6.3.1)
            "6.3.1"
        #else
            "6.3 or earlier"
        #endif
    }
}
