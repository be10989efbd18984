/// What a sink holds, read back line by line as `lane|number|key|sequence|partition|time`, and what that shows.
struct FaultRecords {
    /// One record; a lane is what has an order: a partition, a table, a file.
    struct Row {
        let lane: Substring
        let number: Int
        let key: Substring
        let sequence: Int
        let partition: Int
        /// When it was produced, in milliseconds.
        let time: Int
        /// When the sink's server wrote it, in milliseconds; nil when it does not say.
        let written: Int?

        init?(_ line: Substring) {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count >= 6, let number = Int(fields[1]), let sequence = Int(fields[3]),
                let partition = Int(fields[4]), let time = Int(fields[5])
            else { return nil }
            (lane, self.number, key) = (fields[0], number, fields[2])
            (self.sequence, self.partition, self.time) = (sequence, partition, time)
            written = fields.count > 6 ? Int(fields[6]) : nil
        }
    }

    let rows: [Row]
    /// Numbers that were produced and are not there.
    let missing: [Int]
    /// Numbers that are there more than once.
    let doubled: [Int]
    /// Lines that are no record, and records that were never produced.
    let foreign: Int
    /// Records that came after a later one of their key in their lane, repeated ones left out.
    let disordered: Int
    /// The longest piece of stream that came twice in one go, in milliseconds.
    let repeatedSpan: Int

    init(_ lines: [Substring], produced: Int) {
        let parsed = lines.compactMap(Row.init)
        rows = parsed.filter { (0..<produced).contains($0.number) }
        foreign = lines.count - rows.count
        var counts = [Int](repeating: 0, count: produced)
        for row in rows { counts[row.number] += 1 }
        missing = counts.indices.filter { counts[$0] == 0 }
        doubled = counts.indices.filter { counts[$0] > 1 }
        disordered = Self.disordered(rows)
        repeatedSpan = Self.longestSpan(rows.filter { counts[$0.number] > 1 })
    }

    private static func disordered(_ rows: [Row]) -> Int {
        var seen: Set<Int> = []
        var last: [String: Int] = [:]
        var count = 0
        for row in rows where seen.insert(row.number).inserted {
            let key = "\(row.lane) \(row.key)"
            if row.sequence < last[key, default: -1] { count += 1 }
            last[key] = max(row.sequence, last[key, default: -1])
        }
        return count
    }

    /// Repeated records of one partition belong together when less than a second of stream lies between them.
    private static func longestSpan(_ repeated: [Row]) -> Int {
        var longest = 0
        for rows in Dictionary(grouping: repeated, by: \.partition).values {
            let times = rows.map(\.time).sorted()
            var start = times[0]
            for (time, next) in zip(times, times.dropFirst() + [Int.max]) where next == .max || next - time > 1000 {
                longest = max(longest, time - start)
                start = next
            }
        }
        return longest
    }

    /// The longest time for which each partition got nothing, ascending, in milliseconds; empty when the sink does not say.
    ///
    /// - Parameter end: What was written from then on does not count, as a reading of ``Row/written``; nil counts all.
    func pauses(before end: Int? = nil) -> [Int] {
        Dictionary(grouping: rows, by: \.partition).values.map { rows in
            let times = rows.compactMap(\.written).filter { $0 < end ?? .max }.sorted()
            return zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0
        }.sorted()
    }
}
