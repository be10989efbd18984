internal import ConnectorKit

extension CastType {
    /// What is known of a value that was cast.
    var schema: Schema {
        switch self {
        case .int8: Self.int8Schema
        case .int16: Self.int16Schema
        case .int32: Self.int32Schema
        case .int64: Self.int64Schema
        case .float32: Self.float32Schema
        case .float64: Self.float64Schema
        case .boolean: Self.booleanSchema
        case .string: Self.stringSchema
        }
    }

    private static let int8Schema = Schema(.int8, isOptional: true)
    private static let int16Schema = Schema(.int16, isOptional: true)
    private static let int32Schema = Schema(.int32, isOptional: true)
    private static let int64Schema = Schema(.int64, isOptional: true)
    private static let float32Schema = Schema(.float32, isOptional: true)
    private static let float64Schema = Schema(.float64, isOptional: true)
    private static let booleanSchema = Schema(.boolean, isOptional: true)
    private static let stringSchema = Schema(.string, isOptional: true)
}
