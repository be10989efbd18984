import CRdKafka
import ConnectorKit

/// Where a transaction stores the positions that its records reach.
@safe
enum PositionHome {
    /// In a topic of positions; `stored` are the keys of this task that are there and not to stay.
    case topic(PositionTopic, handle: OpaquePointer, stored: Set<String>)
    /// In the consumer group that the task's source is a member of.
    case group(GroupOffsets)

    /// The keys that the next transaction is to forget.
    var toForget: Set<String> {
        if case .topic(_, _, let stored) = self { return stored }
        return []
    }
}
