internal import ConnectorKit

/// Casts as `org.apache.kafka.connect.transforms.Cast` does without a schema: whole JSON numbers are `Long`, others
/// `Double`, and they narrow as Java's casts; strings are parsed and never wrap.
extension CastType {
    func outcome(of value: Value) -> CastOutcome {
        switch value.kind {
        case .missing: .null
        case .null: .unchanged
        case .array, .object: .failure(.kind)
        case .bytes: self == .string ? .text(value.base64) : .failure(.kind)
        case .bool: outcome(ofBool: value.bool == true)
        case .string: outcome(ofString: value)
        case .number, .int, .uint, .double: outcome(ofNumber: value)
        }
    }

    private func outcome(ofBool flag: Bool) -> CastOutcome {
        switch self {
        case .int8, .int16, .int32, .int64: .integer(flag ? 1 : 0)
        case .float32: .float(flag ? 1 : 0)
        case .float64: .double(flag ? 1 : 0)
        case .boolean: .unchanged
        case .string: .ownText
        }
    }

    private func outcome(ofString value: Value) -> CastOutcome {
        switch self {
        case .string: return .unchanged
        case .boolean: return .boolean(value.withString(JavaNumbers.isTrue) ?? false)
        case .int8, .int16, .int32, .int64:
            guard let number = value.withString(JavaNumbers.wholeNumber) ?? nil,
                narrowed(number) == number
            else { return .failure(.text) }
            return .integer(number)
        case .float32:
            let text = value.withString(JavaNumbers.floatingPoint) ?? nil
            return text.flatMap(Float.init).map { .float($0) } ?? .failure(.text)
        case .float64:
            let text = value.withString(JavaNumbers.floatingPoint) ?? nil
            return text.flatMap(Double.init).map { .double($0) } ?? .failure(.text)
        }
    }

    private func outcome(ofNumber value: Value) -> CastOutcome {
        if value.isInteger { return outcome(ofInteger: value) }
        return switch self {
        case .string where value.withNumberText(JavaNumbers.isJavaText) == true: .ownText
        case .float64 where value.kind == .double || value.withNumberText(isShort) == true: .unchanged
        default: outcome(ofFraction: value.double ?? .nan)
        }
    }

    private func outcome(ofFraction number: Double) -> CastOutcome {
        switch self {
        case .int8, .int16, .int32:
            .integer(narrowed(min(max(JavaNumbers.truncated(number), Int64(Int32.min)), Int64(Int32.max))))
        case .int64: .integer(JavaNumbers.truncated(number))
        case .float32: .float(Float(number))
        case .float64: .double(number)
        case .boolean: .boolean(JavaNumbers.truncated(number) != 0)
        case .string: .text(JavaNumbers.text(of: number))
        }
    }

    private func outcome(ofInteger value: Value) -> CastOutcome {
        let exact = value.int
        let number = exact ?? value.uint.map { Int64(bitPattern: $0) } ?? value.withNumberText(JavaNumbers.lowBits) ?? 0
        switch self {
        case .int8, .int16, .int32, .int64:
            let narrow = narrowed(number)
            return exact == narrow ? .unchanged : .integer(narrow)
        case .float32: return .float(exact.map { Float($0) } ?? Float(value.double ?? .nan))
        case .float64: return .double(exact.map { Double($0) } ?? value.double ?? .nan)
        case .boolean: return .boolean(number != 0)
        case .string: return value.withNumberText(JavaNumbers.isJavaText) == false ? .text("0") : .ownText
        }
    }

    /// The low bits of a whole number, as many as the type has.
    private func narrowed(_ number: Int64) -> Int64 {
        switch self {
        case .int8: Int64(Int8(truncatingIfNeeded: number))
        case .int16: Int64(Int16(truncatingIfNeeded: number))
        case .int32: Int64(Int32(truncatingIfNeeded: number))
        default: number
        }
    }

    /// Whether number text says no more than a double holds, so that it can stay.
    private func isShort(_ text: Span<UInt8>) -> Bool {
        text.count <= 17 && !text.indices.contains { text[$0] | 0x20 == UInt8(ascii: "e") }
    }
}

extension Value {
    /// The text that stands for bytes in JSON.
    fileprivate var base64: String { String(jsonText.dropFirst().dropLast()) }
}
