import Glibc

// Not `exit`, whose handlers take libraries down under the threads of clients and calls that were left behind.
_exit(await runCommand(CommandLine.arguments.dropFirst().map { $0 }, Terminal()).rawValue)
