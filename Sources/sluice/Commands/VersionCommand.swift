import ConnectorKit
import Runtime

extension Command {
    static let version = Command(
        name: "version", summary: "Show the version, and what plugins must be built with.", flags: [.json],
        example: "sluice version --json",
        run: { arguments, terminal in
            let abi = unsafe String(cString: PluginABI.text())
            let json: JSONTree = ["version": .string(PluginABI.version), "abi": .string(abi)]
            terminal.print(
                arguments.has(.json) ? json.text : "sluice \(PluginABI.version)\nplugins: \(BuildDescription.own)")
            return .success
        })
}
