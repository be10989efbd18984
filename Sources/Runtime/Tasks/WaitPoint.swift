internal import Glibc

/// A place where a task's thread waits until something happens or a time has passed.
///
/// The worker's own threads block here, never one of Swift's cooperative pool.
@safe
final class WaitPoint: @unchecked Sendable {
    // `@unchecked`: `generation` is only touched with `mutex` held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var generation = 0

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Ends every wait under way.
    func wake() {
        unsafe pthread_mutex_lock(mutex)
        generation &+= 1
        unsafe pthread_cond_broadcast(changed)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Waits until `isReady` holds or the time has passed; it is asked again after each ``wake()``.
    ///
    /// - Returns: Whether it holds.
    @discardableResult
    func wait(atMost duration: Duration?, until isReady: () -> Bool) -> Bool {
        var deadline = Self.deadline(after: duration ?? .seconds(1 << 30))
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            let seen = generation
            unsafe pthread_mutex_unlock(mutex)
            let ready = isReady()
            unsafe pthread_mutex_lock(mutex)
            if ready { return true }
            if seen != generation { continue }
            if unsafe pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT { return false }
        }
    }

    private static func deadline(after duration: Duration) -> timespec {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = min(duration, .seconds(1 << 30)).components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        return timespec(
            tv_sec: time.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }
}
