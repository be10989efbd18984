import Glibc

exit(await runCommand(CommandLine.arguments.dropFirst().map { $0 }, Terminal()).rawValue)
