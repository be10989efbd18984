import CMongo
import ConnectorKit

extension BSONWriter {
    /// Writes a value as what its schema says it stands for, and gives its type; nil when it stands for itself, as what a
    /// transform has made another kind of value of.
    ///
    /// BSON has dates in milliseconds, and no times: those are that time of 1970-01-01, as mongo-kafka writes them.
    mutating func addMeaning(of value: borrowing Value, _ schema: Schema) throws(ValueFault) -> UInt8? {
        switch schema.meaning {
        case .plain: return addNumber(value, schema.type)
        case .date:
            guard let days = value.int else { return nil }
            return try addDate(days.multipliedReportingOverflow(by: 86_400_000), schema)
        case .time(let perSecond), .timestamp(let perSecond):
            guard let ticks = value.int else { return nil }
            return try addDate(ticks, perSecond, schema)
        case .dateText, .timestampText: return try addDateText(value, schema)
        case .decimal: return value.decimalText == nil ? nil : try add(value, as: .decimal128)
        case .variableScaleDecimal: return try addScaled(value, schema)
        case .uuid: return value.kind == .string ? try add(value, as: .uuid) : nil
        case .year: return value.int.flatMap(Int32.init(exactly:)) == nil ? nil : try add(value, as: .int32)
        case .json, .timeText, .xml, .enumeration, .enumerationSet, .bits, .interval, .duration, .point, .geometry,
            .vector,
            .sparseVector, .databaseText, .jsonNull:
            return nil
        case .unknown: throw fault(schema, "is not known here")
        }
    }

    private func fault(_ schema: Schema, _ reason: String) -> ValueFault {
        ValueFault(
            message:
                "is \(schema.name ?? schema.type.name) by its schema, which \(reason); give it a type with field.types, or "
                + "change it with a transform")
    }

    private mutating func addDate(
        _ milliseconds: (partialValue: Int64, overflow: Bool), _ schema: Schema
    ) throws(ValueFault) -> UInt8 {
        if milliseconds.overflow { throw fault(schema, "is beyond the dates that MongoDB has") }
        put(milliseconds.partialValue)
        return BSONType.date
    }

    private mutating func addDate(_ ticks: Int64, _ perSecond: Int64, _ schema: Schema) throws(ValueFault) -> UInt8 {
        let (milliseconds, rest) = ticks.quotientAndRemainder(dividingBy: perSecond / 1000)
        guard rest == 0 else { throw fault(schema, "says more than the milliseconds that MongoDB's dates have") }
        return try addDate((milliseconds, false), schema)
    }

    private mutating func addDateText(_ value: borrowing Value, _ schema: Schema) throws(ValueFault) -> UInt8? {
        guard value.kind == .string else { return nil }
        guard let milliseconds = unsafe value.withUTF8({ unsafe ISODate.milliseconds($0, isExact: true) }) ?? nil else {
            throw fault(schema, "MongoDB's dates, of milliseconds, cannot hold as it is")
        }
        return try addDate((milliseconds, false), schema)
    }

    private mutating func addScaled(_ value: borrowing Value, _ schema: Schema) throws(ValueFault) -> UInt8? {
        guard value.kind == .object else { return nil }
        let bytes = unsafe value["value"].withBytes { unsafe Array($0) }
        guard let bytes, let scale = value["scale"].int.flatMap({ Int(exactly: $0) }),
            let text = UnscaledDecimal.text(bytes, scale: scale), addDecimal(text)
        else { throw fault(schema, "no decimal128 of 34 digits holds") }
        return BSONType.decimal128
    }

    /// Numbers have the width of their type; a number that is not finite is a text in JSON.
    private mutating func addNumber(_ value: borrowing Value, _ type: SchemaType) -> UInt8? {
        switch type {
        case .int8, .int16, .int32:
            guard let number = value.int.flatMap(Int32.init(exactly:)) else { return nil }
            put(number)
            return BSONType.int32
        case .float32, .float64:
            guard let number = NotFinite(value)?.double ?? value.exactDouble ?? value.wholeDouble else { return nil }
            put(number)
            return BSONType.double
        default: return nil
        }
    }
}

extension Value {
    /// A whole number that a double holds.
    fileprivate var wholeDouble: Double? { int.flatMap(Double.init(exactly:)) }
}

extension Schema {
    /// The schema of the field at the end of a path; nil when there is none.
    func field(at path: FieldPath) -> Schema? { path.names.reduce(self) { (part: Schema?, name) in part?.field(name) } }
}
