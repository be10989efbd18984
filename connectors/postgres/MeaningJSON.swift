import ConnectorKit

/// What a JSON column gets for lists and objects whose schema says what stands in them: the same as for each by itself.
struct MeaningJSON: ~Copyable {
    private let slot: Slot
    private var failure: ConnectorError?

    /// Writes a value, however deep its parts lie.
    ///
    /// - Throws: `rejected` for a part that JSON cannot hold as what it is.
    static func write(
        _ value: borrowing Value, _ schema: Schema, _ slot: Slot, to out: inout JSONWriter
    ) throws(ConnectorError) {
        var writer = MeaningJSON(slot: slot)
        writer.write(value, schema, to: &out)
        if let failure = writer.failure { throw failure }
    }

    private init(slot: Slot) { self.slot = slot }

    private mutating func write(_ value: borrowing Value, _ schema: Schema?, to out: inout JSONWriter) {
        guard let schema, schema.hasMeanings, value.exists, !value.isNull else { return out.write(value) }
        let isWhole = schema.meaning == .plain
        if isWhole, value.kind == .object { return writeMembers(of: value, schema, to: &out) }
        if isWhole, value.kind == .array { return writeElements(of: value, schema, to: &out) }
        switch MeaningText.of(value, schema, in: slot) {
        case .text(let text): out.write(text: text)
        case .json: writeJSON(of: value, schema, to: &out)
        case .refused: refuse(value, schema)
        case .same, .list, .bytes: out.write(value)
        }
    }

    private mutating func writeMembers(of value: borrowing Value, _ schema: Schema, to out: inout JSONWriter) {
        out.write("{")
        var index = 0
        value.forEachMember { name, member in
            if index > 0 { out.write(",") }
            out.write(name)
            out.write(":")
            write(member, schema.member(name, at: index), to: &out)
            index += 1
        }
        out.write("}")
    }

    /// The elements of a list, or the pairs of a map whose keys are no texts.
    private mutating func writeElements(of value: borrowing Value, _ schema: Schema, to out: inout JSONWriter) {
        out.write("[")
        var isFirst = true
        value.forEach { element in
            if !isFirst { out.write(",") }
            isFirst = false
            if case .map(let key, let content) = schema.type {
                out.write("[")
                write(element[0], key, to: &out)
                out.write(",")
                write(element[1], content, to: &out)
                out.write("]")
            } else {
                write(element, schema.items, to: &out)
            }
        }
        out.write("]")
    }

    /// The JSON that a text holds, once it is seen to be some, so that it cannot change what stands around it.
    private mutating func writeJSON(of value: borrowing Value, _ schema: Schema, to out: inout JSONWriter) {
        var batch = RecordBatch(bytes: 1 << 10)
        let text = unsafe value.withUTF8 { unsafe Array($0) } ?? []
        let range = try? unsafe batch.appendText(minimum: text.count) { room in
            unsafe room.copyBytes(from: text)
            return text.count
        }
        var reader = JSONReader()
        guard let range, let read = try? reader.read(range, as: .single, firstLine: nil, into: &batch),
            read.rejected == 0
        else { return refuse(value, schema) }
        out.write(batch[0].value)
    }

    private mutating func refuse(_ value: borrowing Value, _ schema: Schema) {
        failure = failure ?? ValueEncoder.refusal(value, schema, slot)
    }
}
