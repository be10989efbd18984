import Foundation
import Glibc

/// What one run of a program cost.
struct Cost {
    var cpu: Double
    var wall: Double
    var residentMegabytes: Double
}

/// Runs a program to its end and measures it from outside, by the system's own accounting.
///
/// - Parameter path: Where its standard output goes; nil drops it.
func measure(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], writing path: String? = nil
) throws -> Cost {
    let output = path.map { open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
    defer { if let output { close(output) } }
    let start = seconds()
    let pid = try spawn(program, arguments, environment: environment, output: output)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    guard status == 0 else {
        throw Failure("\(program) \(arguments.joined(separator: " ")) ended with status \(status)")
    }
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    return Cost(cpu: cpu, wall: seconds() - start, residentMegabytes: Double(usage.ru_maxrss) / 1024)
}

/// The time from starting a program to its first byte on standard output; the program is then asked to end.
func timeToFirstByte(_ program: String, _ arguments: [String]) throws -> Double {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure("no pipe") }
    let start = seconds()
    let pid = try spawn(program, arguments, environment: [:], output: ends[1])
    close(ends[1])
    var byte: UInt8 = 0
    let count = read(ends[0], &byte, 1)
    let time = seconds() - start
    close(ends[0])
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    guard count == 1 else { throw Failure("\(program) printed nothing") }
    return time
}

/// The resident memory of a program that has been running for a while, in megabytes; the program is then ended.
func residentMegabytes(_ program: String, _ arguments: [String], after delay: Double) throws -> Double {
    let pid = try spawn(program, arguments, environment: [:], output: nil)
    Thread.sleep(forTimeInterval: delay)
    let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    kill(pid, SIGTERM)
    waitpid(pid, nil, 0)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return (Double(line.split(separator: " ").dropFirst().first ?? "") ?? 0) / 1024
}

/// A program that runs while it is looked at.
final class RunningChild {
    private let pid: pid_t
    private static let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))

    init(_ program: String, _ arguments: [String]) throws {
        pid = try spawn(program, arguments, environment: [:], output: nil)
    }

    /// Asks it to end, and waits for that.
    func end() {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
    }

    /// CPU seconds so far.
    func cpu() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return ((Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0)) / Self.ticks
    }

    func residentMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (Double(line.split(separator: " ").dropFirst().first ?? "") ?? 0) / 1024
    }

    /// The share of one core that it takes.
    func share(ofSeconds seconds: Double) throws -> Double {
        let before = try cpu()
        Thread.sleep(forTimeInterval: seconds)
        return (try cpu() - before) / seconds
    }

    /// Waits until it takes less than it did at its start, for a minute at most.
    func waitUntilIdle() throws {
        Thread.sleep(forTimeInterval: 2)
        for _ in 0..<30 where try share(ofSeconds: 2) > 0.5 {}
    }
}

private func spawn(
    _ program: String, _ arguments: [String], environment: [String: String], output: Int32?
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
    if output == nil { posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) }
    posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, "/tmp/sluice-bench-errors", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for word in words + settings { free(word) } }
    var pid = pid_t()
    let status = posix_spawn(&pid, program, &actions, nil, &words, &settings)
    guard status == 0 else { throw Failure("cannot run \(program): \(String(cString: strerror(status)))") }
    return pid
}

private func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
