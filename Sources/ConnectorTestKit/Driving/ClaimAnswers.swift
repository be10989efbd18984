public import ConnectorKit

extension PartitionClaims {
    /// Answers what the source has asked for, as the worker does with one sink that stores positions.
    ///
    /// - Parameter stored: What that sink holds; nil answers for a sink that stores none.
    public func answer(from stored: [Position]?) {
        while let request = takeRequest() {
            answer(
                request.partitions.map { partition in
                    let offset = stored?.last { $0.partition == partition }?.offset
                    return Answer(request: request.number, partition: partition, offsets: offset.map { [$0] })
                })
        }
    }
}
