import Foundation
import Glibc
import Synchronization

/// A proxy on loopback between a client and a server, which does to their connections what bad networks do.
///
/// It counts and cuts bytes, not messages, so it serves any protocol. One thread of its own does all the work; the methods
/// may be called from any thread and return when what they ask for is in force. It ends with this object.
public final class FaultProxy: Sendable {
    /// Which way bytes go.
    public enum Direction: Sendable {
        /// From the client to the server.
        case toServer
        /// From the server to the client.
        case toClient
    }

    /// What goes wrong.
    public enum Fault: Sendable {
        /// Lets so many more bytes pass in a direction, over all connections together; then the connection that carries
        /// the next one is reset on both sides. This happens once: later connections pass.
        case cut(afterBytes: Int, Direction = .toServer)
        /// Lets a text of the client reach the server, and resets the connection in place of the server's answer. This
        /// happens once.
        case loseAnswer(to: String)
        /// Every piece that is read waits this long before it goes on.
        case delay(Duration)
        /// Open connections are reset, and new ones refused as by a port without a server.
        case refuse
        /// Connections stay open and new ones are accepted, and not one byte passes, nor the end of a connection.
        case silence
    }

    /// Where the server listens.
    public enum Target: Sendable {
        /// A TCP port on 127.0.0.1.
        case port(UInt16)
        /// A Unix socket.
        case path(String)
    }

    /// Where it listens on 127.0.0.1, until this object goes; refused connections do not give it free.
    public let port: UInt16
    private let state: ProxyState
    private let control: ProxyControl

    /// Listens on a free port.
    ///
    /// - Parameter target: nil refuses connections until ``forward(to:)``, for a server that must know the proxy's port
    ///   before it starts.
    public init(to target: Target? = nil) throws {
        let state = ProxyState()
        let control = ProxyControl()
        let loop = try ProxyLoop(state: state, control: control)
        self.state = state
        self.control = control
        port = loop.port
        let box = Mutex<ProxyLoop?>(loop)
        Thread.detachNewThread { box.withLock { $0.take() }?.run() }
        if let target { forward(to: target) }
    }

    deinit { control.ask(.stop) }

    /// Sends connections made from now on to a server.
    public func forward(to target: Target) { control.ask(.target(target)) }

    /// Lets a fault begin; an earlier one ends.
    public func inject(_ fault: Fault) { control.ask(.fault(fault)) }

    /// Ends the fault: held bytes pass, new connections are accepted.
    public func heal() { control.ask(.fault(nil)) }

    /// Resets every open connection, now.
    public func cutAll() { control.ask(.cutAll) }

    /// How many bytes have passed in a direction since the start.
    public func bytes(_ direction: Direction) -> Int {
        state.counts.withLock { $0.bytes[direction == .toServer ? 0 : 1] }
    }

    /// How many connections were accepted since the start.
    public var accepted: Int { state.counts.withLock { $0.accepted } }

    /// How many connections ``Fault/cut(afterBytes:_:)`` and ``Fault/loseAnswer(to:)`` have reset.
    public var cuts: Int { state.counts.withLock { $0.cuts } }
}

/// What the proxy's thread has counted.
final class ProxyState: Sendable {
    struct Counts {
        var bytes = [0, 0]
        var accepted = 0
        var cuts = 0
    }

    let counts = Mutex(Counts())
}

/// How other threads ask the proxy's thread for something and wait until it is done.
final class ProxyControl: Sendable {
    enum Request: Sendable {
        case target(FaultProxy.Target)
        case fault(FaultProxy.Fault?)
        case cutAll
        case stop
    }

    private let request = Mutex<Request?>(nil)
    private let asking = Mutex(())
    private let requests = Pipe()
    private let answers = Pipe()

    /// Becomes readable when something is asked.
    var descriptor: Int32 { requests.fileHandleForReading.fileDescriptor }

    func ask(_ new: Request) {
        asking.withLock { _ in
            request.withLock { $0 = new }
            requests.fileHandleForWriting.write(Data([1]))
            _ = try? answers.fileHandleForReading.read(upToCount: 1)
        }
    }

    /// What is asked; the asker waits for ``answer()``.
    func take() -> Request? {
        _ = try? requests.fileHandleForReading.read(upToCount: 1)
        return request.withLock { $0.take() }
    }

    func answer() { answers.fileHandleForWriting.write(Data([1])) }
}

/// What kept the proxy from listening.
struct ProxyError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
