import ConnectorKit

/// The users of one answer, passed on little by little; keeps its buffers between answers.
struct UserPage: ~Copyable {
    private var reader = JSONReader()
    private var users = RecordBatch()
    private static let results = FieldPath(name: "results")

    /// Users in the answer; zero when it could not be read.
    private(set) var count = 0

    /// Reads an answer.
    ///
    /// - Throws: A retriable error when it is an error message, which may come with status 200, or no list of users.
    mutating func read(_ body: [UInt8]) throws {
        removeAll()
        let text = try unsafe users.appendText(minimum: body.count) { room in
            unsafe room.copyBytes(from: body)
            return body.count
        }
        _ = try reader.read(text, as: .single, into: &users)
        if let fault { throw fault }
        count = try users.explode(0, at: Self.results)
    }

    /// Forgets the answer.
    mutating func removeAll() {
        users.reset()
        count = 0
    }

    /// Appends the users of a range, as they are or as twelve fields.
    func append(_ range: Range<Int>, flatten: Bool, topic: String, to batch: inout RecordBatch) throws {
        for index in range {
            if flatten {
                try FlatUser.append(users[index], to: &batch)
            } else {
                try batch.appendCopy(of: index, from: users)
            }
            try batch.edit(at: batch.count - 1) { $0.topic = topic }
        }
    }

    /// Why what was read is no page of users; nil when it is one.
    private var fault: ConnectorError? {
        guard users.deliverableCount == 1 else {
            return fault("its answer is not JSON (\(users.rejections.first?.error.message ?? "it is empty"))")
        }
        let error = users[0]["error"]
        if error.exists { return fault("it says \"\((error.string ?? error.jsonText).prefix(200))\"") }
        return users[0]["results"].kind == .array ? nil : fault("its answer has no list \"results\"")
    }

    private func fault(_ what: String) -> ConnectorError {
        .retriable("The service did not send users: \(what).", after: RandomUserClient.pause)
    }
}
