import Glibc
import Runtime

extension Command {
    private static let path = Flag(
        name: "--path", value: "DIR", summary: "Where to make the folder NAME; here unless set.")
    private static let sdk = Flag(
        name: "--sdk", value: "PATH", summary: "The ConnectorKit package, when it is not found.")

    static let newSource = new(.source)
    static let newSink = new(.sink)
    static let newTransform = new(.transform)

    private static func new(_ kind: Scaffold.Kind) -> Command {
        Command(
            name: "new \(kind.rawValue)", summary: "Make a Swift package with a \(kind.rawValue) of your own.",
            operands: "NAME", operandCount: 1...1, flags: [path, sdk], example: "sluice new \(kind.rawValue) tick",
            run: { arguments, terminal in
                let scaffold = try Scaffold(kind, name: arguments.operands[0], sdk: sdkPath(arguments[sdk]))
                let folder = (arguments[path].map { $0 + "/" } ?? "") + arguments.operands[0]
                try make(scaffold, in: folder)
                terminal.print("made \(folder); next: cd \(folder) && swift test && cat README.md")
                return .success
            })
    }

    private static func make(_ scaffold: Scaffold, in folder: String) throws {
        guard unsafe access(folder, F_OK) != 0 else {
            throw CommandFailure(.badInput, "\(folder) is there already; choose another name or --path")
        }
        do {
            for (name, text) in scaffold.files {
                try FileTree.write(text, to: "\(folder)/\(name)")
            }
        } catch {
            throw CommandFailure(.environment, "\(folder) could not be written: \(error)")
        }
    }

    /// The SDK that was named, or the one in the tree that this executable was built in.
    private static func sdkPath(_ given: String?) throws -> String {
        let manifest = "/Package.swift"
        if let given {
            guard unsafe access(given + manifest, F_OK) == 0 else {
                throw CommandFailure(
                    .environment, "--sdk names \(given), which has no Package.swift; name ConnectorKit's folder")
            }
            return FileTree.resolved(given)
        }
        var folder = FileTree.executable ?? ""
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            let candidate = folder + "/Sources/ConnectorKit"
            if unsafe access(candidate + manifest, F_OK) == 0 { return candidate }
        }
        throw CommandFailure(.environment, "the ConnectorKit package was not found; name its folder with --sdk")
    }
}
