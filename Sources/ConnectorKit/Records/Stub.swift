public struct PositionMark {
    public var recordCount = 0
    public var position: Position
}
public struct RecordBatch: ~Copyable, @unchecked Sendable {
    public mutating func mark(_ p: Position) {}
    public init() {}
    @inlinable public mutating func edit(_ body: (RecordEditor) throws -> Bool) throws {}
    @inlinable public mutating func setAside(where body: (Record) -> Bool) {}
    public mutating func reset() {}
    public mutating func takeBackAll() {}
    public mutating func reject(_ index: Int, _ rejection: Rejection) {}
    public var rejections: [Rejection] { [] }
    public var marks: [PositionMark] { [] }
    public var count: Int { 0 }
    public var deliverableCount: Int { 0 }
    public mutating func appendCopy(of index: Int, from: borrowing RecordBatch) throws {}
    public mutating func appendAll(from: borrowing RecordBatch) throws {}
}
public struct Record {}
public struct RecordEditor {}
