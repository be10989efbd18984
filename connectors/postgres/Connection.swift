import CPostgres
import ConnectorKit
import Glibc

/// One session on a server, for one task on its own thread: every call blocks, none longer than its time limit.
@safe
final class Connection {
    private(set) var raw: OpaquePointer
    let timeout: Duration
    /// By when all calls are to be done; nil once the start is over.
    var limit: Duration?
    private let interruption: Interruption?
    /// Statements that go before the next, each ending in a semicolon, to save a wait of their own.
    var queued = ""
    /// How many times statements were sent.
    private(set) var requests = 0
    var copyState = CopyState.none
    /// How many COPYs were begun: tells whose one is open.
    var copyCount = 0

    /// Connects; the limit holds for all hosts of the address together, each of which has its share of it.
    ///
    /// - Parameters:
    ///   - interruption: Ends every wait from then on.
    ///   - limit: Bounds this and all calls that follow together, until ``limit`` is set to nil.
    init(
        _ settings: ConnectionSettings, interruption: Interruption? = nil, within limit: Duration? = nil
    ) throws(ServerError) {
        timeout = settings.timeout
        self.limit = limit.map { WorkerClock.system.monotonic + $0 }
        self.interruption = interruption
        unsafe raw = try Self.begin(settings.keywords)
        try establish(settings)
        _ = unsafe PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
        _ = unsafe PQsetNoticeProcessor(raw, { _, _ in }, nil)
        _ = unsafe PQsetnonblocking(raw, 1)
        // Well before the wait for the answer ends, which would cost the connection.
        let lockTimeout = max(1, timeout.milliseconds / 6)
        try run(
            "SET client_min_messages TO error; SET lock_timeout TO \(lockTimeout); \(Self.calendar); \(Self.keepingAlive(timeout))"
        )
    }

    /// A text without a time zone is UTC, and one without an order of day and month has year, month and day, whatever the
    /// database is set to; what the address says of it counts.
    private static let calendar = """
        SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD')) \
        AS usual (name, value) USING (name) WHERE source <> 'client'
        """

    /// Has the server, too, give up the other side after the time limit, so that the locks of a worker whose host is gone
    /// do not stay; what the address or the server's settings say of it counts.
    private static func keepingAlive(_ limit: Duration) -> String {
        let seconds = max(6, limit.milliseconds / 1000)
        return """
            SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES \
            ('tcp_keepalives_idle', '\(seconds / 2)'), ('tcp_keepalives_interval', '\(seconds / 6)'), \
            ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '\(seconds)s')) AS limits (name, value) USING (name) \
            WHERE source = 'default'
            """
    }

    deinit { unsafe PQfinish(raw) }

    /// Whether a transaction is open, failed or not.
    var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(raw)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Runs statements, separated by semicolons, and gives the rows of the last.
    @discardableResult
    func run(_ sql: String) throws(ServerError) -> [[String?]] {
        try send(sql)
        return try finish()
    }

    /// Runs what is queued.
    func settle() throws(ServerError) {
        if !queued.isEmpty { try run("") }
    }

    /// Runs one statement with text parameters and gives its rows.
    @discardableResult
    func run(_ sql: String, _ parameters: [String?]) throws(ServerError) -> [[String?]] {
        try endCopy()
        try settle()
        let texts = CStrings(parameters)
        let sent = unsafe PQsendQueryParams(
            raw, sql, Int32(parameters.count), nil, texts.pointers.baseAddress, nil, nil, 0)
        guard sent == 1 else { throw lost() }
        return try finish()
    }

    /// Ends an open COPY, sends what is queued, and then statements.
    func send(_ sql: String) throws(ServerError) {
        try endCopy()
        requests += 1
        let all = queued + sql
        queued = ""
        guard unsafe PQsendQuery(raw, all) == 1 else { throw lost() }
    }
}

extension Connection {
    private static func begin(_ keywords: [(String, String)]) throws(ServerError) -> OpaquePointer {
        let names = CStrings(keywords.map(\.0))
        let values = CStrings(keywords.map(\.1))
        let started = unsafe PQconnectStartParams(names.pointers.baseAddress, values.pointers.baseAddress, 1)
        guard let raw = unsafe started else { throw ServerError(lost: "libpq is out of memory") }
        // The text of a refused login is the only place where libpq gives its SQLSTATE.
        _ = unsafe PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        return unsafe raw
    }

    /// Begins again without a host that does not answer, with which libpq would wait for ever.
    private func establish(_ settings: ConnectionSettings) throws(ServerError) {
        let deadline = deadline
        var hosts = unsafe HostList(of: raw)
        let share = (deadline - WorkerClock.system.monotonic) / max(1, hosts.count)
        while try !connect(share, until: deadline) {
            let isOver = WorkerClock.system.monotonic >= deadline
            guard !isOver, unsafe hosts.leaveOut(raw) else { throw silent("connecting") }
            let next = unsafe try Self.begin(settings.keywords + hosts.keywords)
            unsafe PQfinish(raw)
            unsafe raw = next
        }
    }

    /// False when a host did not answer in its share of the time.
    private func connect(_ share: Duration, until deadline: Duration) throws(ServerError) -> Bool {
        guard unsafe PQstatus(raw) != CONNECTION_BAD else { throw refused() }
        var events = Int16(POLLOUT)
        var (host, end) = (self.host, WorkerClock.system.monotonic + share)
        while try isReady(for: events, until: min(end, deadline)) {
            switch unsafe PQconnectPoll(raw) {
            case PGRES_POLLING_OK: return true
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            default: throw refused()
            }
            if self.host != host { (host, end) = (self.host, WorkerClock.system.monotonic + share) }
        }
        return false
    }

    /// The one of several hosts that libpq is at.
    private var host: String { unsafe Self.text(PQhost(raw)) + ":" + Self.text(PQport(raw)) }

    /// Waits until everything sent has been answered.
    func finish() throws(ServerError) -> [[String?]] {
        try flush()
        var rows: [[String?]] = []
        var failure: ServerError?
        while let result = unsafe try nextResult() {
            if failure == nil { failure = unsafe ServerError(result, isLost: isBroken) }
            rows = unsafe Self.rows(of: result)
            unsafe PQclear(result)
        }
        if let failure { throw failure }
        return rows
    }

    /// By when a wait that begins now is to be over.
    var deadline: Duration {
        let end = WorkerClock.system.monotonic + timeout
        return min(end, limit ?? end)
    }

    func nextResult() throws(ServerError) -> OpaquePointer? {
        let deadline = deadline
        while unsafe PQisBusy(raw) == 1 {
            try wait(for: Int16(POLLIN), until: deadline, doing: "waiting for an answer")
            guard unsafe PQconsumeInput(raw) == 1 else { throw lost() }
        }
        return unsafe PQgetResult(raw)
    }

    func flush() throws(ServerError) {
        let deadline = deadline
        while true {
            let left = unsafe PQflush(raw)
            if left == 0 { return }
            guard left == 1 else { throw lost() }
            try wait(for: Int16(POLLIN | POLLOUT), until: deadline, doing: "sending")
            guard unsafe PQconsumeInput(raw) == 1 else { throw lost() }
        }
    }

    func wait(for events: Int16, until deadline: Duration, doing what: String) throws(ServerError) {
        if try !isReady(for: events, until: deadline) { throw silent(what) }
    }

    private func silent(_ what: String) -> ServerError {
        // Waits are cut to whole milliseconds.
        let now = WorkerClock.system.monotonic + .milliseconds(10)
        let isStarting = limit.map { now >= $0 } ?? false
        return ServerError(
            lost: isStarting
                ? "no answer before the start was to be done, while \(what)"
                : "no answer within \(timeout) while \(what)")
    }

    /// Waits; false when the time is over.
    private func isReady(for events: Int16, until deadline: Duration) throws(ServerError) -> Bool {
        while true {
            let left = (deadline - WorkerClock.system.monotonic).milliseconds
            guard left > 0 else { return false }
            let socket = pollfd(fd: unsafe PQsocket(raw), events: events, revents: 0)
            // poll(2) passes over a descriptor of -1.
            var waits = [socket, pollfd(fd: interruption?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)]
            let ready = unsafe poll(&waits, 2, Int32(clamping: left))
            if ready > 0 && waits[1].revents != 0 {
                throw ServerError(lost: "there was no answer yet, and the task is to end")
            }
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { throw ServerError(lost: "the connection cannot be waited for") }
        }
    }

    /// Who the session logged in as.
    var user: String { unsafe Self.text(PQuser(raw)) }

    var isBroken: Bool { unsafe PQstatus(raw) == CONNECTION_BAD }

    func lost() -> ServerError { ServerError(lost: unsafe Self.text(PQerrorMessage(raw))) }

    private func refused() -> ServerError { ServerError(refusal: unsafe Self.text(PQerrorMessage(raw))) }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        unsafe pointer.map { unsafe String(cString: $0) } ?? ""
    }

    private static func rows(of result: OpaquePointer) -> [[String?]] {
        let columns = unsafe PQnfields(result)
        return unsafe (0..<PQntuples(result)).map { row in
            (0..<columns).map { column in
                unsafe PQgetisnull(result, row, column) == 1 ? nil : text(PQgetvalue(result, row, column))
            }
        }
    }
}
