internal import Glibc

/// How many files the process may open.
public enum OpenFileLimit {
    /// Raises it to what the system allows this process: the usual 1,024 is meant for programs that know no more, and a worker
    /// with a thousand pipelines needs thousands. Does nothing where that is refused.
    public static func raise() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
