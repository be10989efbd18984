import Foundation

/// Gives each job a thread: one that has nothing to do, or else a new one.
final class ThreadExecutor: TaskExecutor, @unchecked Sendable {
    // `@unchecked`: both are only touched while `condition` is locked.
    private var jobs: [UnownedJob] = []
    private var idle = 0
    private let condition = NSCondition()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            if jobs.count > idle {
                Thread.detachNewThread { self.work() }
            } else {
                condition.signal()
            }
        }
    }

    private func work() -> Never {
        while true {
            let job = condition.withLock {
                while jobs.isEmpty {
                    idle += 1
                    condition.wait()
                    idle -= 1
                }
                return jobs.removeFirst()
            }
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
