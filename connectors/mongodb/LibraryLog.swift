import Synchronization

/// What libmongoc says of an address only in its log: options that it does not know, and passes over.
enum LibraryLog {
    private static let listening = Mutex(())
    private static let heard = Mutex<[String]?>(nil)
    private static let subject = "Unsupported URI option "

    /// The names of the options that `parse`, which takes an address apart, did not know.
    static func unknownOptions(_ parse: () -> Void) -> [String] {
        listening.withLock { _ in
            heard.withLock { $0 = [] }
            parse()
            return heard.withLock { heard in
                defer { heard = nil }
                return heard ?? []
            }
        }
    }

    fileprivate static func hear(_ message: String) {
        guard message.hasPrefix(subject) else { return }
        heard.withLock { $0?.append(message.dropFirst(subject.count).filter { $0 != "\"" }) }
    }
}

/// Takes the place of libmongoc's own log handler, which writes to standard error.
///
/// The library starts itself while it is loaded, before any code here could set a handler, and may warn of a file
/// that an earlier process left in `/dev/shm`. The dynamic linker finds this function first, since the plugin comes
/// before the libraries it needs. What else matters in those messages is in the errors of the calls as well.
@c(mongoc_log_default_handler)
public func takeLibraryMessage(
    _ level: CInt, _ domain: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?,
    _ context: UnsafeMutableRawPointer?
) {
    if let message = unsafe message { unsafe LibraryLog.hear(String(cString: message)) }
}
