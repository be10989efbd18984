public import ConnectorKit

extension PartitionClaims {
    /// Answers what the source has asked for, as the worker does with one sink that stores positions.
    ///
    /// - Parameters:
    ///   - stored: What that sink holds; nil answers for a sink that stores none.
    ///   - isLocal: Whether it stores them where other workers do not see them.
    public func answer(from stored: [Position]?, isLocal: Bool = false) {
        while let request = takeRequest() {
            answer(
                request.partitions.map { partition in
                    let offset = stored?.last { $0.partition == partition }?.offset
                    return Answer(
                        request: request.number, partition: partition, offsets: offset.map { [$0] }, isLocal: isLocal)
                })
        }
    }
}
