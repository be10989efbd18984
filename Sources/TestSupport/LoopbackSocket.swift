import Glibc

/// A stream socket on loopback; it is closed when the last reference goes.
final class LoopbackSocket {
    enum Received {
        case bytes([UInt8])
        case nothing
        case ended
        case broken
    }

    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes a port of 127.0.0.1 that another socket of this process may hold too; 0 takes a free one.
    convenience init(boundTo port: UInt16) throws {
        self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
        set(SO_REUSEPORT, to: Int32(1))
        set(SO_REUSEADDR, to: Int32(1))
        let status = unsafe Self.withAddress(port) { unsafe bind(descriptor, $0, $1) }
        guard status == 0 else { throw ProxyError("cannot listen on 127.0.0.1:\(port), errno \(errno)") }
    }

    /// nil when nobody listens there.
    convenience init?(connectedTo target: FaultProxy.Target) {
        switch target {
        case .port(let port):
            self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
            guard unsafe Self.withAddress(port, { unsafe connect(descriptor, $0, $1) }) == 0 else { return nil }
            set(Int32(TCP_NODELAY), of: Int32(IPPROTO_TCP), to: Int32(1))
        case .path(let path):
            self.init(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
            guard unsafe Self.withAddress(path, { unsafe connect(descriptor, $0, $1) }) == 0 else { return nil }
        }
    }

    /// The port it is bound to.
    var port: UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutableBytes(of: &address) { bytes in
            _ = unsafe getsockname(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
        }
        return UInt16(bigEndian: address.sin_port)
    }

    func listen() { _ = Glibc.listen(descriptor, 64) }

    func accept() -> LoopbackSocket? {
        let client = Glibc.accept(descriptor, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        let socket = LoopbackSocket(client)
        socket.set(Int32(TCP_NODELAY), of: Int32(IPPROTO_TCP), to: Int32(1))
        return socket
    }

    /// What is there now, up to 64 KiB; never waits.
    func receive() -> Received {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count > 0 { return .bytes(Array(bytes.prefix(count))) }
        if count == 0 { return .ended }
        return errno == EAGAIN || errno == EINTR ? .nothing : .broken
    }

    /// How many bytes were taken, without waiting; nil when the connection is broken.
    func send(_ bytes: [UInt8]) -> Int? {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let count = unsafe Glibc.send(descriptor, bytes, bytes.count, flags)
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Tells the other side that nothing more comes.
    func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a reset, not with an orderly end.
    func reset() {
        set(SO_LINGER, to: linger(l_onoff: 1, l_linger: 0))
        // The descriptor is closed with this object; connecting to nowhere resets it at once.
        var nowhere = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        _ = unsafe connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private func set<T: BitwiseCopyable>(_ name: Int32, of level: Int32 = SOL_SOCKET, to value: T) {
        unsafe withUnsafeBytes(of: value) { bytes in
            _ = unsafe setsockopt(descriptor, level, name, bytes.baseAddress, socklen_t(bytes.count))
        }
    }

    private static func withAddress(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return unsafe withUnsafeBytes(of: address) { bytes in
            unsafe body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            unsafe room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        return unsafe withUnsafeBytes(of: address) { bytes in
            unsafe body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
    }
}

/// Ports of 127.0.0.1 for servers that must be told theirs.
public enum FreePort {
    /// A port that nobody listens on; another program may take it before the server does.
    public static func find() throws -> UInt16 { try LoopbackSocket(boundTo: 0).port }
}
