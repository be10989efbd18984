import ConnectorKit
import FoundationEssentials

/// Turns the text of a page into records; keeps its buffers between pages.
struct EventPage: ~Copyable {
    private let topic: String
    private var reader = JSONReader()
    private var page = RecordBatch()

    init(topic: String) { self.topic = topic }

    /// Appends the events that `isNew` says yes to.
    ///
    /// - Throws: A retriable error when the text is not a list; the batch may hold some events by then.
    mutating func append(
        _ body: [UInt8], of feed: Feed, to batch: inout RecordBatch, isNew: (UInt64) -> Bool
    ) throws {
        page.reset()
        let text = try unsafe page.appendText(minimum: body.count) { room in
            unsafe room.copyBytes(from: body)
            return body.count
        }
        _ = try reader.read(text, as: .single, into: &page)
        guard page.deliverableCount == 1, page[0].value.kind == .array else { throw notEvents(feed) }
        _ = try page.explode(0, at: nil)
        for index in 0..<page.count where page.isDeliverable(index) && isNew(Self.identity(page[index])) {
            try append(index, to: &batch)
        }
    }

    private func notEvents(_ feed: Feed) -> ConnectorError {
        let reason = page.rejections.first.map { " (\($0.error.message))" } ?? ""
        return .retriable("GitHub's answer to GET \(feed.path) is not a JSON list of events\(reason).")
    }

    private func append(_ index: Int, to batch: inout RecordBatch) throws {
        let time = page[index]["created_at"].string.flatMap(Self.milliseconds)
        try batch.appendCopy(of: index, from: page)
        try batch.edit(at: batch.count - 1) { record in
            record.topic = topic
            record.timestamp = time
        }
    }

    /// `id` and `created_at` together, since ids were restarted once; the whole text of what has no id.
    private static func identity(_ event: Record) -> UInt64 {
        var hash = StableHash()
        let id = event["id"]
        guard id.exists, !id.isNull else {
            hash.combine(event.value.jsonText.utf8)
            return hash.value
        }
        hash.combine((id.string ?? id.jsonText).utf8)
        hash.combine((event["created_at"].string ?? "").utf8)
        return hash.value
    }

    /// Since 1970 UTC; nil for what is not an ISO 8601 time, as in the events of the first years.
    private static func milliseconds(_ text: String) -> Int64? {
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        return Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded())
    }
}
