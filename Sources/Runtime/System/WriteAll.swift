internal import Glibc

/// Writes all of a text; what a descriptor does not take is lost, since there is nobody left to tell.
///
/// Another process may have made the descriptor non-blocking; it is then waited for, a second at most.
public func writeAll(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count < 0 && errno == EAGAIN && hasRoom(descriptor) { continue }
        if count <= 0 { return }
        rest = rest.dropFirst(count)
    }
}

private func hasRoom(_ descriptor: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&waiting, 1, 1000) > 0
}
