/// Takes the place of libmongoc's own log handler, which writes to standard error.
///
/// The library starts itself while it is loaded, before any code here could set a handler, and may warn of a file
/// that an earlier process left in `/dev/shm`. The dynamic linker finds this function first, since the plugin comes
/// before the libraries it needs. What matters in those messages is in the errors of the calls as well.
@c(mongoc_log_default_handler)
public func discardLibraryMessage(
    _ level: CInt, _ domain: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?,
    _ context: UnsafeMutableRawPointer?
) {}
