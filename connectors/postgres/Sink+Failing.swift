import ConnectorKit

// What the sink gives up when something fails, and what the worker is told.
extension PostgresSink {
    /// Takes back what one call wrote, so that the batch can come again; says what the worker should do.
    func undo(_ error: any Error, over connection: Connection) -> ConnectorError {
        if let failure = error as? ServerError, failure.meaning == .lost || failure.meaning == .undone {
            return lose(failure, "writing rows")
        }
        do throws(ServerError) {
            try takeBack(over: connection)
        } catch {
            return lose(error, "writing rows")
        }
        if let failure = error as? ServerError {
            if failure.state == "55P03" { setup?.positions?.makeWay(over: connection) }
            return failure.connectorError("writing rows")
        }
        return error as? ConnectorError ?? .fatal("writing rows: \(error)")
    }

    /// Undoes what the call of now wrote; what earlier calls wrote is still there afterwards.
    func takeBack(over connection: Connection) throws(ServerError) {
        forgetRows(layoutToo: true)
        connection.abandonCopy()
        connection.queued = ""
        if connection.requests == requestsBefore { return }
        if holdsRows && connection.isInTransaction {
            try connection.run("ROLLBACK TO SAVEPOINT sluice_put")
            hasSavepoint = true
        } else if connection.isInTransaction {
            try connection.run("ROLLBACK")
            hasSavepoint = false
        }
    }

    /// Gives up the transaction. When it held earlier batches, only a new start, which reads the stored positions, has
    /// them come again.
    func lose(_ failure: ServerError, _ what: String) -> ConnectorError {
        let error = failure.connectorError(what)
        if !holdsRows && error.kind != .rejected {
            abandonConnection()
            return error
        }
        let kind: ConnectorError.Kind =
            switch error.kind {
            case .configuration: .configuration
            case .retriable, .restartable: .restartable
            case .rejected, .fatal: .fatal
            }
        let message = "\(error.message); the open transaction was rolled back, and a new start repeats what it held"
        return giveUp(ConnectorError(kind, message, detail: error.detail, native: error.native))
    }

    /// Whether a transaction was committed whose answer did not come, only the stored positions tell.
    func doubt(_ failure: ServerError) -> ConnectorError {
        let error = failure.connectorError("committing rows and positions")
        return giveUp(
            ConnectorError(
                .restartable,
                "\(error.message); it is not known whether the transaction was committed, and a new start finds out from "
                    + "the stored positions", detail: error.detail, native: error.native))
    }

    func giveUp(_ loss: ConnectorError) -> ConnectorError {
        abandonConnection()
        self.loss = loss
        return loss
    }

    private func abandonConnection() {
        connection = nil
        hasSavepoint = false
        forgetRows(layoutToo: true)
    }
}
