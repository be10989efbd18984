internal import ConnectorKit
internal import Glibc
internal import Synchronization

/// Loads plugin libraries.
enum PluginLibrary {
    /// The dynamic linker's own lock must not be held by another thread when the probe forks.
    private static let loading = Mutex(())

    /// Loads a library for good and takes over what it offers.
    static func load(_ path: String, probe: PluginProbe) throws(PluginFailure) -> PluginManifest {
        if let fault = try header(path).fault { throw PluginFailure("\(path) \(fault)") }
        return try loading.withLock { _ throws(PluginFailure) in
            try probe.check(path)
            return try open(path)
        }
    }

    private static func header(_ path: String) throws(PluginFailure) -> ELFHeader {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw PluginFailure("\(path) could not be read: \(systemMessage(errno))") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: ELFHeader.size)
        let count = unsafe read(file, &bytes, bytes.count)
        guard let header = ELFHeader(Array(bytes.prefix(max(0, count)))) else {
            throw PluginFailure(
                "\(path) is not a shared library: it does not begin with an ELF header; build it again or take it off "
                    + "plugin.path")
        }
        return header
    }

    private static func open(_ path: String) throws(PluginFailure) -> PluginManifest {
        guard let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw .notLoaded(path, reason: unsafe String(cString: dlerror()))
        }
        guard let abi = unsafe dlsym(library, "sluice_plugin_abi") else { throw .noSymbol(path, "sluice_plugin_abi") }
        guard let entry = unsafe dlsym(library, "sluice_plugin") else { throw .noSymbol(path, "sluice_plugin") }
        let text = unsafe unsafeBitCast(abi, to: (@convention(c) () -> UnsafePointer<CChar>).self)()
        guard unsafe strcmp(text, PluginABI.text()) == 0 else { throw .otherABI(path, unsafe String(cString: text)) }
        let manifest = unsafe unsafeBitCast(entry, to: (@convention(c) () -> UnsafeMutableRawPointer).self)()
        return unsafe PluginManifest(takingOver: manifest)
    }
}
