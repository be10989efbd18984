import CMongo
import ConnectorKit
import Glibc
import Synchronization

/// The first contact with a deployment, on a thread of its own: libmongoc's calls end at their time limits alone, and a task
/// that is to end does not wait for that.
final class Contact: @unchecked Sendable {
    // `@unchecked`: what the thread comes to is behind a lock.
    private let settings: ConnectionSettings
    private let limit: Duration?
    private let outcome = Mutex<Result<ServerFeatures, ServerError>?>(nil)
    private let wakes = eventfd(0, Int32(EFD_CLOEXEC))

    private init(_ settings: ConnectionSettings, within limit: Duration?) {
        self.settings = settings
        self.limit = limit
    }

    deinit { close(wakes) }

    /// What the deployment can do.
    ///
    /// - Parameters:
    ///   - limit: Bounds the contact; nil leaves it to the settings.
    ///   - stop: Ends the waiting at once.
    static func features(
        of settings: ConnectionSettings, within limit: Duration?, until stop: StopSignal
    ) throws(ServerError) -> ServerFeatures {
        let contact = Contact(settings, within: limit)
        let handler = stop.onRequest { [weak contact] in contact?.wake() }
        defer { stop.forget(handler) }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(contact)
        guard contact.wakes >= 0, unsafe pthread_create(&thread, nil, Self.body, context.toOpaque()) == 0 else {
            unsafe context.release()
            contact.make()
            return try contact.result()
        }
        pthread_detach(thread)
        var waits = [pollfd(fd: contact.wakes, events: Int16(POLLIN), revents: 0)]
        while unsafe poll(&waits, 1, -1) < 0 {}
        return try contact.result()
    }

    private func result() throws(ServerError) -> ServerFeatures {
        guard let outcome = outcome.withLock({ $0 }) else {
            throw ServerError("the server has not answered, and the task is to end", .busy)
        }
        return try outcome.get()
    }

    private static let body: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let context = unsafe $0 { unsafe Unmanaged<Contact>.fromOpaque(context).takeRetainedValue().make() }
        return nil
    }

    /// Two waits of half the time.
    private func make() {
        let made = Result { () throws(ServerError) in
            try ServerFeatures(Client(settings, within: limit.map { $0 / 2 }))
        }
        outcome.withLock { $0 = made }
        wake()
    }

    private func wake() { eventfd_write(wakes, 1) }
}
