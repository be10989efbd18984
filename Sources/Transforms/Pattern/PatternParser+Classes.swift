extension PatternParser {
    /// The rest of a character class after its `[`.
    mutating func characterClass() throws(PatternError) -> ScalarSet {
        let isInverted = take("^")
        var set = ScalarSet()
        repeat {
            guard !scalars.isEmpty else { throw fault("a closing ] is missing") }
            set.formUnion(try classItem())
        } while !take("]")
        return isInverted ? folded(set).inverted : folded(set)
    }

    private mutating func classItem() throws(PatternError) -> ScalarSet {
        let first = try classMember()
        guard let low = first.onlyMember, scalars.first == "-", let after = scalars.dropFirst().first, after != "]"
        else { return first }
        scalars.removeFirst()
        guard let high = try classMember().onlyMember, low <= high else {
            throw fault("a range in […] must go from a character to a later one")
        }
        return ScalarSet([low.value...high.value])
    }

    private mutating func classMember() throws(PatternError) -> ScalarSet {
        if take("[") { throw fault("a class within a class is not supported; to match [ write \\[") }
        if take("&&") { throw fault("&& in a class is not supported; to match & write \\&") }
        guard let scalar = scalars.popFirst() else { throw fault("a closing ] is missing") }
        return scalar == "\\" ? try escape() : ScalarSet(scalar)
    }

    /// The rest of an escape after its backslash.
    mutating func escape() throws(PatternError) -> ScalarSet {
        guard let scalar = scalars.popFirst() else {
            throw fault("a backslash stands at the end; to match it write \\\\")
        }
        if let set = Self.classes[scalar] { return set }
        if let control = Self.controls[scalar] { return ScalarSet(control) }
        switch scalar {
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        case "1"..."9": throw fault("backreferences such as \\\(scalar) are not supported")
        case "0", "a"..."z", "A"..."Z": throw fault("the escape \\\(scalar) is not supported here")
        default: return ScalarSet(scalar)
        }
    }

    private mutating func hexadecimal(digits: Int) throws(PatternError) -> ScalarSet {
        let text = String(String.UnicodeScalarView(scalars.prefix(digits)))
        guard text.utf8.count == digits, !text.hasPrefix("+"), let value = UInt32(text, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw fault("expected \(digits) hexadecimal digits of a character") }
        scalars = scalars.dropFirst(digits)
        return ScalarSet(scalar)
    }

    private static let classes: [Unicode.Scalar: ScalarSet] = [
        "d": .digits, "D": ScalarSet.digits.inverted,
        "w": .wordCharacters, "W": ScalarSet.wordCharacters.inverted,
        "s": .whiteSpace, "S": ScalarSet.whiteSpace.inverted,
    ]

    private static let controls: [Unicode.Scalar: Unicode.Scalar] = [
        "t": "\t", "n": "\n", "r": "\r", "f": "\u{C}", "a": "\u{7}", "e": "\u{1B}",
    ]
}
