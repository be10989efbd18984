public import ConnectorKit
import Foundation

extension RecordEditor {
    /// Gives the record a schema, and makes bytes of the texts of its value as a converter does; decimals are numbers already.
    public func take(schema json: borrowing Value) throws {
        let schema = try Schema(json)
        self.schema = schema
        decode(value, schema)
    }

    private func decode(_ value: borrowing Value, _ schema: Schema) {
        switch schema.type {
        case .bytes:
            if case .decimal = schema.meaning { return }
            guard let bytes = value.string.flatMap({ Data(base64Encoded: $0) }) else { return }
            overwrite(value, with: RawBytes(Array(bytes)))
        case .array(let items): value.forEach { decode($0, items) }
        case .structure, .map:
            var index = 0
            value.forEachMember { name, member in
                if let part = schema.member(name, at: index) { decode(member, part) }
                index += 1
            }
        default: return
        }
    }
}
