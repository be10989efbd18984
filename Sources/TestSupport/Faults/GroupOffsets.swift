import Foundation

/// What a group has committed over time.
enum GroupOffsets {
    /// By how much its offsets went back, added up.
    ///
    /// - Parameter lines: JSON objects of the offset of each partition, as they followed each other.
    static func wayBack(_ lines: [Substring]) throws -> Int {
        var last: [String: Int] = [:]
        var back = 0
        for line in lines {
            let now = try JSONDecoder().decode([String: Int].self, from: Data(line.utf8))
            for (partition, offset) in now {
                // A group without an offset has -1001.
                if offset >= 0, let earlier = last[partition], offset < earlier { back += earlier - offset }
                if offset >= 0 { last[partition] = offset }
            }
        }
        return back
    }
}
