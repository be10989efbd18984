/// What the shell learns of a command.
enum ExitStatus: Int32 {
    /// All went well.
    case success = 0
    /// Something failed while running.
    case failure = 1
    /// The command line or a configuration is wrong.
    case badInput = 2
    /// Something is missing on this machine: a plugin, a file, a port.
    case environment = 3
}

/// Ends a command.
struct CommandFailure: Error {
    let status: ExitStatus
    /// One sentence each.
    let messages: [String]

    init(_ status: ExitStatus, _ messages: String...) {
        self.status = status
        self.messages = messages
    }

    init(_ status: ExitStatus, all messages: [String]) {
        self.status = status
        self.messages = messages
    }
}
