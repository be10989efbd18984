internal import ConnectorKit

/// Texts such as `${NAME}` that no variable stands behind, by where they are written.
struct UnresolvedReferences {
    private static let mostAtOnePlace = 8

    private var references: [ConfigLocation: [String]] = [:]

    /// Notes a reference that stays in the text as it is; of one text the first few are enough.
    mutating func note(_ reference: String, at place: ConfigLocation) {
        if references[place, default: []].count < Self.mostAtOnePlace {
            references[place, default: []].append(reference)
        }
    }

    /// What is wrong with the settings of `object` that `definition` declares: only a template says what such a text means.
    ///
    /// - Parameter isTaken: Whether the text is taken as it stands, as Kafka Connect does.
    func problems(in object: ConfigNode, _ definition: ConfigDefinition, isTaken: Bool) -> [ConfigProblem] {
        if references.isEmpty { return [] }
        return definition.declarations.filter { !$0.isTemplate }.flatMap { declaration in
            Self.values(of: declaration, in: object).flatMap { found(in: $0) }.map { place, reference in
                ConfigProblem(Self.sentence(declaration, reference, isTaken: isTaken), at: place)
            }
        }
    }

    private static func values(of declaration: SettingDeclaration, in object: ConfigNode) -> [ConfigNode] {
        guard declaration.type == .prefix else { return [object[declaration.name]].compactMap(\.self) }
        return (object.members ?? []).filter { $0.name.hasPrefix(declaration.name) }.map(\.value)
    }

    private func found(in node: ConfigNode) -> [(ConfigLocation, String)] {
        switch node.content {
        case .string: (references[node.location] ?? []).map { (node.location, $0) }
        case .array(let elements): elements.flatMap(found)
        case .object(let members): members.flatMap { found(in: $0.value) }
        case .null, .bool, .number: []
        }
    }

    private static func sentence(_ declaration: SettingDeclaration, _ reference: String, isTaken: Bool) -> String {
        let name = reference.dropFirst(2).dropLast()
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5F || isAlphanumeric($0) } && reference.last == "}"
        // A secret may hold the signs by chance, and is not to be shown then.
        let isShown = isName || !declaration.isSecret
        let what = "\(declaration.name) holds \(isShown ? reference : "a ${")"
        let variable =
            isName ? "${env:\(name)} for the environment variable" : "${env:NAME} for an environment variable"
        if isTaken { return "\(what), which is taken as it stands, as Kafka Connect does; write \(variable)" }
        return
            "\(what), which stands for nothing; write \(variable), or $\(isShown ? reference : "${") for the text itself"
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}
