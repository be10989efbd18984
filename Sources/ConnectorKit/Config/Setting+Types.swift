extension Setting where Value == String {
    /// Any text.
    public static func string(_ name: String, _ documentation: String) -> Setting<String> {
        Setting(name, .string, documentation, decode: { node throws(ConfigProblem) in try text(node, name) })
    }

    /// A file system path; relative ones start at the worker's working directory.
    public static func path(_ name: String, _ documentation: String) -> Setting<String> {
        Setting(name, .path, documentation, decode: { node throws(ConfigProblem) in try text(node, name) })
            .checked { $0.isEmpty ? "\(name) is empty; expected a path" : nil }
    }
}

extension Setting where Value == Secret {
    /// A text that is never shown.
    public static func password(_ name: String, _ documentation: String) -> Setting<Secret> {
        Setting(
            name, .password, documentation, render: { _ in Secret.placeholder },
            decode: { node throws(ConfigProblem) in Secret(try text(node, name)) })
    }
}

extension Setting where Value == Int {
    /// A whole number.
    public static func int(
        _ name: String, in range: ClosedRange<Int> = Int.min...Int.max, _ documentation: String
    ) -> Setting<Int> {
        Setting(
            name, .int(range), documentation,
            decode: { node throws(ConfigProblem) in try whole(node, name, in: range, unit: "") })
    }

    /// A number of bytes: a whole number, or text with a unit (`64KiB`, `16MiB`, `1GiB`).
    public static func bytes(
        _ name: String, in range: ClosedRange<Int> = 1...Int.max, _ documentation: String
    ) -> Setting<Int> {
        Setting(
            name, .bytes(range), documentation,
            decode: { node throws(ConfigProblem) in
                for (suffix, shift) in [("KiB", 10), ("MiB", 20), ("GiB", 30)] {
                    guard let text = node.scalarText, text.hasSuffix(suffix), let count = Int(text.dropLast(3)),
                        count >= 0, count <= Int.max >> shift
                    else { continue }
                    return try within(count << shift, node, name, in: range, unit: " bytes")
                }
                return try whole(node, name, in: range, unit: " bytes")
            })
    }
}

extension Setting where Value == Double {
    /// A number.
    public static func double(
        _ name: String, in range: ClosedRange<Double>, _ documentation: String
    ) -> Setting<Double> {
        Setting(
            name, .double(range), documentation,
            decode: { node throws(ConfigProblem) in
                guard let number = node.scalarText.flatMap(Double.init), range.contains(number) else {
                    let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
                    throw mismatch(node, name, expected: expected)
                }
                return number
            })
    }
}

extension Setting where Value == Duration {
    /// A time in whole milliseconds; the name ends in `.ms`.
    public static func duration(
        _ name: String, in range: ClosedRange<Duration> = .zero...Duration.seconds(Int32.max), _ documentation: String
    ) -> Setting<Duration> {
        let limits = range.lowerBound.milliseconds...range.upperBound.milliseconds
        return Setting(
            name, .duration(limits), documentation, render: { String($0.milliseconds) },
            decode: { node throws(ConfigProblem) in
                .milliseconds(try whole(node, name, in: limits, unit: " milliseconds"))
            })
    }
}

extension Setting where Value == Bool {
    /// `true` or `false`, in any case, quoted or not.
    public static func bool(_ name: String, _ documentation: String) -> Setting<Bool> {
        Setting(
            name, .bool, documentation,
            decode: { node throws(ConfigProblem) in
                switch node.scalarText?.lowercased() {
                case "true": return true
                case "false": return false
                default: throw mismatch(node, name, expected: "true or false")
                }
            })
    }
}

extension Setting where Value == [String] {
    /// A list of texts, or one text with commas; spaces around the commas are dropped.
    public static func list(_ name: String, _ documentation: String) -> Setting<[String]> {
        Setting(
            name, .list, documentation, render: { $0.joined(separator: ",") },
            decode: { node throws(ConfigProblem) in
                guard let elements = node.elements else { return commaSeparated(try text(node, name)) }
                var list: [String] = []
                for element in elements { list.append(try text(element, name)) }
                return list
            })
    }
}

extension Setting where Value == [String: String] {
    /// An object of texts, or one text of `name:value` pairs with commas.
    public static func map(_ name: String, _ documentation: String) -> Setting<[String: String]> {
        Setting(
            name, .map, documentation, render: renderMap,
            decode: { node throws(ConfigProblem) in
                var map: [String: String] = [:]
                for (key, value) in try pairs(node, name) {
                    guard map.updateValue(value, forKey: key) == nil else {
                        throw ConfigProblem("\(name) names \"\(key)\" twice; remove one of them", at: node.location)
                    }
                }
                return map
            })
    }

    /// Every setting whose name begins with `prefix`, by the rest of the name; empty when there is none.
    public static func prefixed(_ prefix: String, _ documentation: String) -> Setting<[String: String]> {
        Setting(
            prefix, .prefix, documentation, render: renderMap,
            decode: { node throws(ConfigProblem) in
                var map: [String: String] = [:]
                for member in node.members ?? [] { map[member.name] = try text(member.value, prefix + member.name) }
                return map
            }
        ).defaulting(to: [:])
    }

    private static var renderMap: @Sendable ([String: String]) -> String {
        { map in map.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",") }
    }
}

extension Setting where Value: CaseIterable & RawRepresentable<String> {
    /// One of the words of an enumeration.
    public static func enumeration(_ name: String, _ type: Value.Type, _ documentation: String) -> Setting<Value> {
        let words = Value.allCases.map(\.rawValue)
        return Setting(
            name, .enumeration(words), documentation, render: { $0.rawValue },
            decode: { node throws(ConfigProblem) in
                if let value = node.scalarText.flatMap(Value.init(rawValue:)) { return value }
                let shown = node.written == nil ? node.scalarText : nil
                let hint = shown.flatMap { nearest($0, in: words) }.map { " (did you mean \"\($0)\"?)" } ?? ""
                throw mismatch(node, name, expected: "one of \(words.joined(separator: ", "))", hint: hint)
            })
    }
}

extension Duration {
    /// Whole milliseconds, rounded down; the ends of the range beyond `Int`.
    public var milliseconds: Int {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? Int.min : Int.max }
        return Int(product) + Int(attoseconds / 1_000_000_000_000_000)
    }
}
