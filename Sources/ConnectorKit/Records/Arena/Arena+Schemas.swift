// Schemas are kept once a batch; a record has the place of its own, 0 for none.
extension Arena {
    /// Neighbouring records mostly share a schema, and the last few are looked through.
    private static var lookback: Int { 16 }

    func schema(_ place: UInt16) -> Schema? { unsafe place == 0 ? nil : header.pointee.schemas[Int(place) - 1] }

    /// The place of a schema; 0, and trouble, when there are too many.
    func place(of schema: Schema?) -> UInt16 {
        guard let schema else { return 0 }
        let count = unsafe header.pointee.schemas.count
        let first = count < Int(UInt16.max) ? max(0, count - Self.lookback) : 0
        for place in (first..<count).reversed() where unsafe header.pointee.schemas[place] === schema {
            return UInt16(truncatingIfNeeded: place + 1)
        }
        guard count < Int(UInt16.max) else {
            trouble.insert(.full)
            return 0
        }
        unsafe header.pointee.schemas.append(schema)
        return UInt16(truncatingIfNeeded: count + 1)
    }
}
