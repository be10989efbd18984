internal import ConnectorKit

/// The transforms of a pipeline or a sink, made once for each task and called once for each batch.
struct TransformChain {
    private struct Step {
        let transform: any Transform
        let predicate: (any Predicate)?
        let isNegated: Bool
    }

    private let steps: [Step]

    /// Makes the instances; a throw is a configuration error.
    init(_ steps: [TransformStep]) throws(TaskFailure) {
        do {
            self.steps = try steps.map { step in
                Step(
                    transform: try step.definition.make(step.values, step.part),
                    predicate: try step.predicate.map { try $0.definition.make($0.values) },
                    isNegated: step.predicate?.isNegated ?? false)
            }
        } catch {
            throw TaskFailure("making the transforms: \(error)", .none)
        }
    }

    var isEmpty: Bool { steps.isEmpty }

    /// Passes the batch through every step; records a step refuses are marked as rejected in it.
    func apply(to batch: inout RecordBatch) throws(TaskFailure) {
        let count = batch.count
        do {
            for step in steps {
                step.predicate?.select(in: &batch, negated: step.isNegated)
                try step.transform.apply(to: &batch)
                if step.predicate != nil { batch.takeBackAll() }
            }
        } catch {
            throw TaskFailure(error, during: "a transform")
        }
        guard batch.count >= count else {
            throw TaskFailure(
                "a transform took \(count - batch.count) records out of their batch; it may only drop or reject them: a fault "
                    + "of the transform")
        }
    }
}
