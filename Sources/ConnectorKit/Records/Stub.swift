public struct RecordBatch: ~Copyable {
    public mutating func mark(_ p: Position) {}
    @inlinable public mutating func edit(_ body: (RecordEditor) throws -> Bool) throws {}
    @inlinable public mutating func setAside(where body: (Record) -> Bool) {}
}
public struct Record {}
public struct RecordEditor {}
