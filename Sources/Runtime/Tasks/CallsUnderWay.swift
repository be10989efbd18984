internal import Synchronization

/// Which calls the connectors of a task are in, so that one that does not return can be named; from any thread.
final class CallsUnderWay: Sendable {
    enum Call: String, Sendable {
        case start, poll, commit, claim, put, settle, flush, stop
    }

    private struct Entry {
        let connector: String
        let call: Call
    }

    private let entries = Mutex<[Entry]>([])

    /// A call of a connector begins; it has one at a time.
    func begin(_ call: Call, of connector: String) {
        entries.withLock { $0.append(Entry(connector: connector, call: call)) }
    }

    /// The call of a connector has returned.
    func end(of connector: String) { entries.withLock { $0.removeAll { $0.connector == connector } } }

    /// The calls in words, in the order they began: `put of sink a, poll of source b`; nil when there is none.
    var description: String? {
        let words = entries.withLock { $0.map { "\($0.call.rawValue) of \($0.connector)" } }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}
