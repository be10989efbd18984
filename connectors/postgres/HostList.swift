import CPostgres

/// The hosts that an address leads to, in their order.
struct HostList {
    private struct Host {
        let name: String
        let address: String
        let port: String
    }

    private var hosts: [Host]

    /// Asks libpq, which knows service files and the environment too.
    init(of session: OpaquePointer) {
        let options = unsafe PQconninfo(session)
        defer { unsafe PQconninfoFree(options) }
        let names = unsafe Self.list("host", options)
        let addresses = unsafe Self.list("hostaddr", options)
        let ports = unsafe Self.list("port", options)
        hosts = (0..<max(names.count, addresses.count)).map { place in
            Host(
                name: names.indices.contains(place) ? names[place] : "",
                address: addresses.indices.contains(place) ? addresses[place] : "",
                // A sole port is that of all hosts.
                port: ports.indices.contains(place) ? ports[place] : ports.first ?? "")
        }
    }

    var count: Int { hosts.count }

    /// What has libpq try these hosts alone.
    var keywords: [(String, String)] {
        var keywords = [("host", list(\.name)), ("port", list(\.port))]
        if hosts.contains(where: { !$0.address.isEmpty }) { keywords.append(("hostaddr", list(\.address))) }
        return keywords
    }

    /// Leaves out the host that a session is at; false when others are not known.
    mutating func leaveOut(_ session: OpaquePointer) -> Bool {
        let (name, port) = unsafe (Self.text(PQhost(session)), Self.text(PQport(session)))
        guard hosts.count > 1,
            let place = hosts.firstIndex(where: { ($0.name.isEmpty ? $0.address : $0.name) == name && $0.port == port })
        else { return false }
        hosts.remove(at: place)
        return true
    }

    private func list(_ part: KeyPath<Host, String>) -> String {
        hosts.map { $0[keyPath: part] }.joined(separator: ",")
    }

    private static func list(_ keyword: String, _ options: UnsafeMutablePointer<PQconninfoOption>?) -> [String] {
        guard let value = unsafe ConnectionOptions.value(keyword, options) else { return [] }
        return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        unsafe pointer.map { unsafe String(cString: $0) } ?? ""
    }
}

/// The list that libpq makes of an address, which ends with an entry without a keyword.
enum ConnectionOptions {
    /// nil when the keyword has no value.
    static func value(_ keyword: String, _ options: UnsafeMutablePointer<PQconninfoOption>?) -> String? {
        guard var option = unsafe options else { return nil }
        while let name = unsafe option.pointee.keyword {
            if unsafe String(cString: name) == keyword {
                return unsafe option.pointee.val.map { unsafe String(cString: $0) }
            }
            unsafe option += 1
        }
        return nil
    }
}
