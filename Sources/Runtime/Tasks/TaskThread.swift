internal import CSystem
internal import Glibc

/// A thread that runs the asynchronous functions of one task, so that a call that blocks holds up nobody else.
///
/// Give it to `Task(executorPreference:)`. It ends when ``end()`` was called and nothing is left to run; a thread stuck
/// in a connector's call is simply never waited for.
@safe
final class TaskThread: TaskExecutor, @unchecked Sendable {
    // `@unchecked`: `jobs` and `isEnding` are only touched with `mutex` held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    private var isEnding = false
    private let name: String

    /// Starts a thread of this name, of which the system shows 15 bytes.
    init(name: String) throws(TaskFailure) {
        self.name = name
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        let status = unsafe pthread_create(&thread, nil, TaskThread.body, context.toOpaque())
        guard status == 0 else {
            unsafe context.release()
            throw TaskFailure(
                "the system refused a thread for \(name): \(systemMessage(status)); allow more (ulimit -u), or run fewer tasks"
            )
        }
        pthread_detach(thread)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        locked { jobs.append(job) }
    }

    /// Lets the thread end once it has nothing more to run.
    func end() { locked { isEnding = true } }

    private func locked(_ change: () -> Void) {
        unsafe pthread_mutex_lock(mutex)
        change()
        unsafe pthread_cond_signal(changed)
        unsafe pthread_mutex_unlock(mutex)
    }

    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        if let context = unsafe context { unsafe Unmanaged<TaskThread>.fromOpaque(context).takeRetainedValue().loop() }
        return nil
    }

    private func loop() {
        unsafe name.withCString { unsafe sluice_name_thread($0) }
        while let batch = nextJobs() {
            for job in batch { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    private func nextJobs() -> [UnownedJob]? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while jobs.isEmpty && !isEnding { unsafe pthread_cond_wait(changed, mutex) }
        if jobs.isEmpty { return nil }
        defer { jobs.removeAll(keepingCapacity: true) }
        return jobs
    }
}
