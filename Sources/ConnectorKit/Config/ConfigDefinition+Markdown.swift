extension ConfigDefinition {
    /// The reference table of the settings: one table for each group, in order; empty when there is no setting.
    public var markdown: String {
        var groups: [String] = []
        for declaration in declarations where !groups.contains(declaration.group) { groups.append(declaration.group) }
        let tables = groups.map { group in
            let rows = declarations.filter { $0.group == group }.map(\.markdownRow)
            let heading = groups.count > 1 ? "### \(group)\n\n" : ""
            return heading + "| setting | takes | default | what it does |\n|---|---|---|---|\n"
                + rows.joined(separator: "\n")
        }
        return tables.joined(separator: "\n\n")
    }
}

extension SettingDeclaration {
    fileprivate var markdownRow: String {
        let shownName = type == .prefix ? "\(name)*" : name
        let absent = isRequired ? "**required**" : defaultText.map { $0.isEmpty ? "empty" : "`\($0)`" } ?? "–"
        let sample = example.map { " Example: `\($0)`." } ?? ""
        let cells = ["`\(shownName)`", type.summary, absent, documentation + sample]
        return "| " + cells.map(Self.escaped).joined(separator: " | ") + " |"
    }

    private static func escaped(_ cell: String) -> String {
        cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension SettingType {
    /// What a setting of this type takes, in a few words: `a whole number from 1 to 9`.
    public var summary: String {
        switch self {
        case .string: "text"
        case .int(let range): rangeText(range, unit: "")
        case .double(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range): rangeText(range, unit: " milliseconds")
        case .bytes(let range): "\(rangeText(range, unit: " bytes")), or with KiB, MiB, GiB"
        case .bool: "true or false"
        case .list: "a list, or text with commas"
        case .enumeration(let words): "one of " + words.joined(separator: ", ")
        case .password: "secret text"
        case .path: "a path"
        case .map: "an object of texts, or name:value pairs with commas"
        case .prefix: "text, one setting for each name"
        }
    }
}
