import Glibc

/// A port on loopback that answers nothing: no attempt to connect, as an address whose packets are dropped, or nothing that
/// is sent over a connection.
///
/// Nobody takes a connection from its queue; that it is full makes the difference.
public final class Blackhole: Sendable {
    /// Where it does not answer, on 127.0.0.1.
    public let port: UInt16
    private let descriptors: [Int32]

    /// - Parameter connects: Whether connections are made.
    public init(connects: Bool = false) throws {
        let listener = try LoopbackSocket(boundTo: 0)
        port = listener.port
        let held = dup(listener.descriptor)
        _ = Glibc.listen(held, connects ? 64 : 0)
        descriptors = [held] + (connects ? [] : (0..<8).map { _ in Self.connection(to: listener.port) })
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    private static func connection(to port: UInt16) -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        unsafe withUnsafeBytes(of: address) { bytes in
            unsafe _ = connect(
                descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        return descriptor
    }
}
