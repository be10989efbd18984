/// What a system holds after a crash run, against the counter that was to be written.
public struct CrashVerdict: Sendable, Hashable {
    /// Numbers of 0..<expected that are not there, in order.
    public let missing: [Int]
    /// Numbers that are there more than once, in order.
    public let doubled: [Int]
    /// What is no number of 0..<expected, as it was read.
    public let foreign: [String]

    /// - Parameters:
    ///   - lines: One number each.
    ///   - expected: How many numbers, from 0 on.
    public init(_ lines: [some StringProtocol], expected: Int) {
        var counts = [Int](repeating: 0, count: expected)
        var foreign: [String] = []
        for line in lines {
            if let number = Int(line), counts.indices.contains(number) {
                counts[number] += 1
            } else {
                foreign.append(String(line))
            }
        }
        missing = counts.indices.filter { counts[$0] == 0 }
        doubled = counts.indices.filter { counts[$0] > 1 }
        self.foreign = foreign
    }

    /// Whether nothing was lost or made up and, when `isExact`, nothing doubled.
    public func passes(isExact: Bool) -> Bool {
        missing.isEmpty && foreign.isEmpty && (doubled.isEmpty || !isExact)
    }

    /// One line of counts, each with its first few numbers.
    public var summary: String {
        let counts = [count("missing", missing), count("doubled", doubled), count("foreign", foreign)]
        return counts.joined(separator: " ")
    }

    private func count(_ name: String, _ items: [some CustomStringConvertible]) -> String {
        guard !items.isEmpty else { return "\(name)=0" }
        let first = items.prefix(5).map(\.description).joined(separator: ", ")
        return "\(name)=\(items.count) (\(first)\(items.count > 5 ? ", …" : ""))"
    }
}
