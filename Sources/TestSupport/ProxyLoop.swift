import Glibc
import Synchronization

/// The proxy's thread: waits for all sockets at once and moves bytes between them as the fault allows.
final class ProxyLoop {
    private let state: ProxyState
    private let control: ProxyControl
    /// Bound and never listening: it keeps the port while connections are refused.
    private let placeholder: LoopbackSocket
    private var listener: LoopbackSocket?
    private var target: FaultProxy.Target?
    private var fault: FaultProxy.Fault?
    private var links: [ProxyLink] = []

    let port: UInt16

    init(state: ProxyState, control: ProxyControl) throws {
        self.state = state
        self.control = control
        placeholder = try LoopbackSocket(boundTo: 0)
        port = placeholder.port
    }

    /// Returns when it is asked to stop, with every socket closed.
    func run() {
        while true {
            var polled = waiting()
            _ = unsafe poll(&polled, nfds_t(polled.count), timeout())
            if polled[0].revents != 0, !obey() { return }
            if polled[1].revents != 0, listener?.descriptor == polled[1].fd { accept() }
            for link in links { serve(link) }
            links.removeAll { !$0.isOpen }
        }
    }

    private func waiting() -> [pollfd] {
        var polled = [
            pollfd(fd: control.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: listener?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        if isSilent { return polled }
        for flow in links.flatMap(\.flows) {
            guard let wanted = flow.wanted else { continue }
            polled.append(pollfd(fd: wanted.descriptor, events: wanted.events, revents: 0))
        }
        return polled
    }

    /// Milliseconds until a delayed piece is due; without one, forever.
    private func timeout() -> Int32 {
        if isSilent { return -1 }
        let due = links.flatMap(\.flows).compactMap(\.due).min()
        guard let due else { return -1 }
        let left = ContinuousClock.now.duration(to: due) / Duration.milliseconds(1)
        return Int32(max(0, left.rounded(.up)))
    }

    private var isSilent: Bool { if case .silence = fault { true } else { false } }

    /// Does what is asked; false when that is to stop.
    private func obey() -> Bool {
        defer { control.answer() }
        switch control.take() {
        case .target(let new): target = new
        case .fault(let new): fault = new
        case .cutAll: reset(links)
        case .stop:
            reset(links)
            return false
        case nil: break
        }
        if case .refuse = fault { reset(links) }
        listen()
        return true
    }

    private func listen() {
        if case .refuse = fault {
            listener = nil
        } else if target != nil && listener == nil {
            listener = try? LoopbackSocket(boundTo: port)
            listener?.listen()
        }
    }

    private func accept() {
        guard let client = listener?.accept() else { return }
        state.counts.withLock { $0.accepted += 1 }
        guard let target, let server = LoopbackSocket(connectedTo: target) else { return client.reset() }
        links.append(ProxyLink(client: client, server: server))
    }

    private func reset(_ links: [ProxyLink]) {
        for link in links { link.reset() }
        self.links.removeAll { !$0.isOpen }
    }
}

extension ProxyLoop {
    private func serve(_ link: ProxyLink) {
        for side in link.flows.indices where link.isOpen && !isSilent {
            if !link.flows[side].isHeld { pull(link, side) }
            if link.isOpen { push(link, side) }
        }
        if link.flows.allSatisfy(\.isFinished) { link.close() }
    }

    private func pull(_ link: ProxyLink, _ side: Int) {
        guard !link.flows[side].isEnded else { return }
        switch link.flows[side].from.receive() {
        case .nothing: return
        case .ended: link.flows[side].isEnded = true
        case .broken: link.reset()
        case .bytes where side == 1 && link.losesAnswer:
            state.counts.withLock { $0.cuts += 1 }
            link.reset()
        case .bytes(var bytes):
            if side == 0, case .loseAnswer(let text) = fault, bytes.contains(Array(text.utf8)) {
                fault = nil
                link.losesAnswer = true
            }
            let isCut = limit(&bytes, side)
            link.flows[side].pending = bytes
            link.flows[side].resetsAfter = isCut
            if case .delay(let pause) = fault { link.flows[side].due = .now + pause }
        }
    }

    /// Shortens a piece to what may still pass; true when it was too long, and the connection must be cut behind it.
    private func limit(_ bytes: inout [UInt8], _ side: Int) -> Bool {
        guard case .cut(let left, let direction) = fault, (direction == .toServer ? 0 : 1) == side else { return false }
        guard bytes.count > left else {
            fault = .cut(afterBytes: left - bytes.count, direction)
            return false
        }
        bytes.removeLast(bytes.count - left)
        fault = nil
        return true
    }

    private func push(_ link: ProxyLink, _ side: Int) {
        if let due = link.flows[side].due, due > .now { return }
        link.flows[side].due = nil
        if !link.flows[side].pending.isEmpty {
            let flow = link.flows[side]
            // In one step, so that whoever has got the bytes finds them counted.
            let sent = state.counts.withLock { counts in
                let sent = flow.to.send(flow.pending)
                counts.bytes[side] += sent ?? 0
                return sent
            }
            guard let sent else { return link.reset() }
            link.flows[side].pending.removeFirst(sent)
        }
        guard link.flows[side].pending.isEmpty else { return }
        if link.flows[side].resetsAfter {
            state.counts.withLock { $0.cuts += 1 }
            link.reset()
        } else if link.flows[side].isEnded && !link.flows[side].isFinished {
            link.flows[side].to.endSending()
            link.flows[side].isFinished = true
        }
    }
}

/// A client's connection and the one to the server that belongs to it.
final class ProxyLink {
    /// The bytes of one direction on their way.
    struct Flow {
        let from: LoopbackSocket
        let to: LoopbackSocket
        var pending: [UInt8] = []
        /// When the pending bytes may go on; nil at once.
        var due: ContinuousClock.Instant?
        var resetsAfter = false
        var isEnded = false
        var isFinished = false

        /// Whether nothing more may be read for now.
        var isHeld: Bool { !pending.isEmpty || due != nil || resetsAfter }

        /// What to wait for; nil while a delay runs or nothing can come.
        var wanted: (descriptor: Int32, events: Int16)? {
            if due != nil || isFinished { return nil }
            return isHeld ? (to.descriptor, Int16(POLLOUT)) : (from.descriptor, Int16(POLLIN))
        }
    }

    /// To the server, and to the client.
    var flows: [Flow]
    /// Whether the connection ends with what the server sends next.
    var losesAnswer = false
    private(set) var isOpen = true

    init(client: LoopbackSocket, server: LoopbackSocket) {
        flows = [Flow(from: client, to: server), Flow(from: server, to: client)]
    }

    /// Ends both connections as a failing network does.
    func reset() {
        for flow in flows { flow.from.reset() }
        isOpen = false
    }

    func close() { isOpen = false }
}
