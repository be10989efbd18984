internal import ConnectorKit

/// Why a setting that is well formed by itself cannot be used.
struct SettingFault: Error, CustomStringConvertible {
    let setting: String
    let message: String

    init(_ setting: String, _ message: String) {
        self.setting = setting
        self.message = message
    }

    var description: String { message }
}

extension ConfigDefinition {
    /// Settings that are right when `make` can build something from them.
    init(_ settings: [any AnySetting], madeBy make: @escaping @Sendable (ConfigValues) throws(SettingFault) -> Void) {
        self.init(
            settings,
            rules: [
                { values in
                    do throws(SettingFault) {
                        try make(values)
                        return nil
                    } catch {
                        return (error.setting, error.message)
                    }
                }
            ])
    }
}
