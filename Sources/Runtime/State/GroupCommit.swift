internal import ConnectorKit
internal import Synchronization

/// Joins the commits of many tasks: what is due while one transaction is under way becomes the next one together.
///
/// The first to come makes the transaction on its own thread for all that wait; the others wait for it.
final class GroupCommit: Sendable {
    /// What one task commits.
    struct Request: Sendable {
        let positions: [Position]
        let pipeline: String
    }

    /// While several tasks commit at a time, transactions begin this far apart at least, so that each takes more of them.
    private static let shortestInterval = Duration.milliseconds(20)

    private final class Ticket: Sendable {
        enum Turn: Sendable {
            case waits
            case leads
            case done(StateError?)
        }

        let request: Request
        private let turn = Mutex(Turn.waits)
        private let point = WaitPoint()

        init(_ request: Request) { self.request = request }

        func become(_ next: Turn) {
            turn.withLock { $0 = next }
            point.wake()
        }

        func wait() -> Turn {
            point.wait(atMost: nil) { if case .waits = turn.withLock({ $0 }) { false } else { true } }
            return turn.withLock { $0 }
        }
    }

    private struct Queue {
        var tickets: [Ticket] = []
        var isLed = false
        var lastBegan = Duration.zero
        var lastCount = 0
    }

    private let queue = Mutex(Queue())
    private let write: @Sendable ([Request]) throws(StateError) -> Void

    /// - Parameter write: Makes all of it durable in one transaction, or nothing.
    init(write: @escaping @Sendable ([Request]) throws(StateError) -> Void) { self.write = write }

    /// Returns once the request is durable; blocks the calling thread.
    func commit(_ request: Request) throws(StateError) {
        let ticket = Ticket(request)
        let leads = queue.withLock { queue in
            queue.tickets.append(ticket)
            defer { queue.isLed = true }
            return !queue.isLed
        }
        if !leads, case .done(let failure) = ticket.wait() {
            if let failure { throw failure }
            return
        }
        if let failure = lead(for: ticket) { throw failure }
    }

    /// Makes one transaction for all that wait, and hands the next one on; what became of the leader's own request.
    private func lead(for own: Ticket) -> StateError? {
        gather()
        let group = queue.withLock { queue in
            defer { queue.tickets = [] }
            queue.lastBegan = WorkerClock.system.monotonic
            queue.lastCount = queue.tickets.count
            return queue.tickets
        }
        let failures = store(group)
        queue.withLock { queue in
            if let next = queue.tickets.first { next.become(.leads) } else { queue.isLed = false }
        }
        for (ticket, failure) in zip(group, failures) where ticket !== own { ticket.become(.done(failure)) }
        return zip(group, failures).first { $0.0 === own }?.1
    }

    /// Waits for more where several came the last time.
    private func gather() {
        let (began, count) = queue.withLock { ($0.lastBegan, $0.lastCount) }
        let pause = Self.shortestInterval - (WorkerClock.system.monotonic - began)
        if count > 1, pause > .zero { WaitPoint().wait(atMost: pause) { false } }
    }

    private func store(_ group: [Ticket]) -> [StateError?] {
        do throws(StateError) {
            try write(group.map(\.request))
            return group.map { _ in nil }
        } catch {
            if group.count == 1 { return [error] }
            // One that cannot be written must not keep the others from it.
            return group.map { ticket in
                do throws(StateError) {
                    try write([ticket.request])
                    return nil
                } catch {
                    return error
                }
            }
        }
    }
}
