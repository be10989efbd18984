/// The candidate nearest in spelling, if one is near enough to be a slip; for "did you mean".
public func nearest(_ word: String, in candidates: some Sequence<String>) -> String? {
    let word = word.prefix(longestCompared).lowercased()
    let limit = max(1, min(3, word.count / 3))
    let ranked = candidates.map { ($0, editDistance(word, $0.prefix(longestCompared).lowercased())) }
    return ranked.filter { $0.1 <= limit }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// What of a word is compared, in characters.
private let longestCompared = 64

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
private func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left)
    let right = Array(right)
    var before: [Int] = []
    var above = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            let same = left[row] == right[column]
            var best = min(above[column + 1] + 1, current[column] + 1, above[column] + (same ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                best = min(best, before[column - 1] + 1)
            }
            current.append(best)
        }
        before = above
        above = current
    }
    return above[right.count]
}
