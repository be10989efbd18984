import CRdKafka
import ConnectorKit
import Glibc

/// Why a step of a transaction was not done.
struct TransactionFault: Error {
    /// What can be done about it.
    enum Remedy {
        /// The same step again; it goes on where it was.
        case again
        /// An abort of the transaction, which is lost.
        case abort
        /// Nothing: the producer is of no use any more.
        case none
    }

    let remedy: Remedy
    let error: ConnectorError
}

extension Producer {
    /// Ends what an earlier producer of the same transactional id left open, and keeps that one from writing any more.
    func initTransactions(within timeout: Duration) throws(TransactionFault) {
        try inTurns(within: timeout) { turn throws(TransactionFault) in
            try unsafe check(rd_kafka_init_transactions(client.raw, turn), "preparing transactions")
        }
    }

    /// Begins a transaction; what is sent from now on is part of it.
    func beginTransaction() throws(TransactionFault) {
        try unsafe check(rd_kafka_begin_transaction(client.raw), "beginning a transaction")
    }

    /// What the open transaction has failed with; nil when it has not.
    var transactionFailure: ConnectorError? {
        // librdkafka tells it whoever asks for what a failed transaction allows no more, and beginning another changes
        // nothing in one that is open.
        do throws(TransactionFault) { try beginTransaction() } catch {
            return error.remedy == .abort ? error.error : nil
        }
        return nil
    }

    /// Makes everything sent since the beginning visible; every message must have been reported before.
    func commitTransaction(within timeout: Duration) throws(TransactionFault) {
        try inTurns(within: timeout) { turn throws(TransactionFault) in
            try unsafe check(rd_kafka_commit_transaction(client.raw, turn), "committing a transaction")
        }
    }

    /// Takes back everything sent since the beginning; what was not reported yet is reported as given up.
    ///
    /// librdkafka waits in the call until somebody has taken those reports.
    func abortTransaction(within timeout: Duration) throws(TransactionFault) {
        try inTurns(within: timeout) { turn throws(TransactionFault) in
            do throws(TransactionFault) {
                try unsafe check(rd_kafka_abort_transaction(client.raw, turn), "aborting a transaction")
            } catch {
                var tally = Tally()
                reports(within: .zero, &tally)
                throw error
            }
        }
    }

    /// Makes a call that goes on where it was again and again, in turns so short that it can be given up.
    ///
    /// - Parameter call: Is given the time it may take in milliseconds.
    private func inTurns(
        within timeout: Duration, _ call: (Int32) throws(TransactionFault) -> Void
    ) throws(TransactionFault) {
        let deadline = WorkerClock.system.monotonic + timeout
        while true {
            let began = WorkerClock.system.monotonic
            do throws(TransactionFault) { return try call(100) } catch {
                let now = WorkerClock.system.monotonic
                guard error.remedy == .again, now < deadline, !patience.isOver else { throw error }
                // What is refused at once would be asked for without a pause.
                if now - began < .milliseconds(20) { usleep(20_000) }
            }
        }
    }

    func check(_ error: OpaquePointer?, _ what: String) throws(TransactionFault) {
        guard let error = unsafe error else { return }
        defer { unsafe rd_kafka_error_destroy(error) }
        let code = unsafe rd_kafka_error_code(error)
        let text = unsafe String(cString: rd_kafka_error_string(error))
        let said = connectorError(code, "\(what) failed", text)
        if unsafe rd_kafka_error_is_fatal(error) != 0 {
            throw TransactionFault(remedy: .none, error: client.fatalError ?? said)
        }
        if unsafe rd_kafka_error_txn_requires_abort(error) != 0 { throw TransactionFault(remedy: .abort, error: said) }
        let isRetriable = unsafe rd_kafka_error_is_retriable(error) != 0 || code == RD_KAFKA_RESP_ERR__TIMED_OUT
        throw TransactionFault(remedy: isRetriable ? .again : .none, error: said)
    }
}
