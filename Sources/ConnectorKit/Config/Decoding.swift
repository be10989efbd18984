/// A given value in quotes, cut short, for a message.
private func shown(_ node: ConfigNode) -> String {
    guard let text = node.written ?? node.scalarText else { return node.kindName }
    return "\"\(text.count > 40 ? text.prefix(40) + "…" : Substring(text))\""
}

/// The sentence for a value of the wrong kind.
func mismatch(_ node: ConfigNode, _ name: String, expected: String, hint: String = "") -> ConfigProblem {
    ConfigProblem("\(name) is \(shown(node)); expected \(expected)\(hint)", at: node.location)
}

func text(_ node: ConfigNode, _ name: String) throws(ConfigProblem) -> String {
    guard let text = node.scalarText else {
        throw ConfigProblem("\(name) is \(node.kindName); expected text", at: node.location)
    }
    return text
}

func whole(
    _ node: ConfigNode, _ name: String, in range: ClosedRange<Int>, unit: String
) throws(ConfigProblem) -> Int {
    guard let number = node.scalarText.flatMap(Int.init) else {
        throw mismatch(node, name, expected: rangeText(range, unit: unit))
    }
    return try within(number, node, name, in: range, unit: unit)
}

func within(
    _ number: Int, _ node: ConfigNode, _ name: String, in range: ClosedRange<Int>, unit: String
) throws(ConfigProblem) -> Int {
    guard range.contains(number) else { throw mismatch(node, name, expected: rangeText(range, unit: unit)) }
    return number
}

/// `a whole number of milliseconds from 1 to 60000`.
func rangeText(_ range: ClosedRange<Int>, unit: String) -> String {
    let noun = "a whole number" + (unit.isEmpty ? "" : " of" + unit)
    return switch (range.lowerBound, range.upperBound) {
    case (Int.min, Int.max): noun
    case (let low, let high) where high >= Int(Int32.max): "\(noun), at least \(low)"
    case (Int.min, let high): "\(noun), at most \(high)"
    case (let low, let high): "\(noun) from \(low) to \(high)"
    }
}

/// Splits at commas and drops the space around each part, as Kafka Connect reads a LIST.
func commaSeparated(_ text: String) -> [String] {
    let trimmed = text.trimmed
    return trimmed.isEmpty ? [] : trimmed.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
}

/// The `name:value` pairs of a map setting.
func pairs(_ node: ConfigNode, _ name: String) throws(ConfigProblem) -> [(String, String)] {
    var pairs: [(String, String)] = []
    if let members = node.members {
        for member in members { pairs.append((member.name, try text(member.value, "\(name).\(member.name)"))) }
        return pairs
    }
    for pair in commaSeparated(try text(node, name)) {
        let parts = pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw mismatch(node, name, expected: "name:value pairs separated by commas")
        }
        pairs.append((parts[0].trimmed, parts[1].trimmed))
    }
    return pairs
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
