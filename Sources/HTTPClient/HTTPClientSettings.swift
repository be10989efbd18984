/// What an ``HTTPClient`` does for every request.
public struct HTTPClientSettings: Sendable {
    /// For name look-up, TCP and TLS together; at least 1 ms. Defaults to 10 s.
    public var connectTimeout: Duration = .seconds(10)
    /// For a whole exchange with its redirects; at least 1 ms. Defaults to 30 s.
    public var timeout: Duration = .seconds(30)
    /// The most bytes of a decompressed body. Defaults to 64 MiB.
    public var maximumBodyBytes = 64 << 20
    /// The most redirects followed; 0 hands the redirect itself back. Defaults to 5.
    public var maximumRedirects = 5
    /// The `User-Agent`.
    public var userAgent = "sluice"
    /// A PEM file of the authorities to trust instead of the system's; nil trusts the system's.
    public var caFile: String?

    /// The defaults. A proxy is taken from the environment as curl does (`https_proxy`, `no_proxy`, …).
    public init() {}
}
