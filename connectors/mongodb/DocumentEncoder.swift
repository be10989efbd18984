import ConnectorKit

/// Encodes values as BSON, straight from the batch.
struct DocumentEncoder: ~Copyable {
    private let rules: FieldRules
    /// Whether whole numbers are int32 where they fit, as in a text of extended JSON, whose int64 say that they are.
    var hasTypes = false
    /// What was encoded.
    var out = BSONWriter(capacity: 1 << 16)
    /// Hashes of the names of the objects that are open, innermost last.
    private var names: [UInt64] = []
    private var depth = 0
    /// Whether the record has a name twice somewhere: from then on every object is looked through first, since trying each
    /// level twice would take a time that doubles with each.
    private var hasRepeatedNames = false

    /// The server takes no deeper documents.
    private static let deepest = 100

    init(rules: FieldRules) { self.rules = rules }

    /// Writes the members of an object into the open document, `_id` left out.
    ///
    /// - Parameters:
    ///   - schema: The object's own; nil without one.
    ///   - forUpdate: Whether names are taken for paths, as `$set` does.
    /// - Returns: How many there were.
    mutating func addFields(of object: borrowing Value, _ schema: Schema?, forUpdate: Bool = false) throws -> Int {
        begin()
        return try addObject(object, Place(rule: rules.root, schema: schema), isTop: true, forUpdate: forUpdate)
    }

    /// Writes the payload of a value that stands alone, as an `_id` does.
    ///
    /// - Returns: Its type.
    mutating func addPayload(_ value: borrowing Value, _ schema: Schema? = nil) throws -> UInt8 {
        begin()
        return try addPayload(value, Place(rule: nil, schema: schema))
    }

    /// What is known of a value: where its rules are, and its schema.
    struct Place {
        var rule: Int?
        var schema: Schema?
    }

    private mutating func begin() {
        names.removeAll(keepingCapacity: true)
        depth = 0
        hasRepeatedNames = false
    }
}

/// An object has a name twice; only the last counts, and finding it takes longer.
private struct RepeatedName: Error {
    /// How many objects are open around it.
    let depth: Int
}

extension DocumentEncoder {
    private mutating func addObject(
        _ object: borrowing Value, _ place: Place, isTop: Bool = false, forUpdate: Bool = false
    ) throws -> Int {
        if hasRepeatedNames { return try addLastMembers(of: object, place, isTop, forUpdate) }
        let start = out.count
        let outer = names.count
        let level = depth
        do {
            return try addMembers(of: object, place, isTop, forUpdate)
        } catch let repeated as RepeatedName where repeated.depth == level {
            hasRepeatedNames = true
            out.truncate(to: start)
            names.removeLast(names.count - outer)
            depth = level
            return try addLastMembers(of: object, place, isTop, forUpdate)
        }
    }

    private mutating func addMembers(
        of object: borrowing Value, _ place: Place, _ isTop: Bool, _ forUpdate: Bool
    ) throws -> Int {
        let outer = names.count
        var seen: UInt64 = 0
        var index = -1
        try object.forEachMember { name, value in
            index += 1
            if isTop && name == "_id" { return }
            let hash = unsafe name.withUTF8 { unsafe Self.hash($0) } ?? 0
            let bit: UInt64 = 1 << (hash & 63)
            if seen & bit != 0 && names[outer...].contains(hash) { throw RepeatedName(depth: depth) }
            seen |= bit
            names.append(hash)
            try addMember(name, value, part(name, index, of: place), forUpdate: forUpdate)
        }
        defer { names.removeLast(names.count - outer) }
        return names.count - outer
    }

    /// The same for an object with a repeated name: the last of equal names stands at its own place.
    private mutating func addLastMembers(
        of object: borrowing Value, _ place: Place, _ isTop: Bool, _ forUpdate: Bool
    ) throws -> Int {
        var last: [[UInt8]: Int] = [:]
        var index = 0
        object.forEachMember { name, _ in
            last[Self.bytes(of: name)] = index
            index += 1
        }
        var count = 0
        index = 0
        try object.forEachMember { name, value in
            defer { index += 1 }
            guard last[Self.bytes(of: name)] == index, !(isTop && name == "_id") else { return }
            try addMember(name, value, part(name, index, of: place), forUpdate: forUpdate)
            count += 1
        }
        return count
    }

    private mutating func addMember(
        _ name: borrowing Value, _ value: borrowing Value, _ place: Place, forUpdate: Bool
    ) throws {
        let start = out.count
        out.put(UInt8(0))
        try addName(name, forUpdate: forUpdate)
        do {
            out.replace(at: start, with: try addPayload(value, place))
        } catch let fault as ValueFault {
            throw fault.inside(name.string ?? "")
        }
    }

    /// What is known of a member, which is the `index`th of its object.
    private func part(_ name: borrowing Value, _ index: Int, of place: Place) -> Place {
        Place(
            rule: place.rule.flatMap { rules.place(of: name, below: $0) }, schema: place.schema?.member(name, at: index)
        )
    }

    private mutating func addName(_ name: borrowing Value, forUpdate: Bool) throws(ConnectorError) {
        let isName = unsafe name.withUTF8 { text in
            if unsafe text.contains(0) { return false }
            unsafe out.put(UnsafeRawBufferPointer(text))
            return true
        }
        guard isName == true else {
            throw .rejected(
                "a field name holds a NUL character, which MongoDB cannot store; rename it with a transform")
        }
        if forUpdate, let text = name.string, text.contains(".") || text.hasPrefix("$") {
            throw .rejected(
                "field \"\(text)\" has a dot or begins with a dollar sign, which an update takes for a path or an "
                    + "operator; rename it with a transform, or use writemodel.strategy replace")
        }
        out.put(UInt8(0))
    }

    private static func bytes(of name: borrowing Value) -> [UInt8] { unsafe name.withUTF8 { unsafe Array($0) } ?? [] }

    /// FNV-1a.
    @inline(__always)
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in 0..<text.count { hash = unsafe (hash ^ UInt64(text[index])) &* 0x0100_0000_01B3 }
        return hash ^ hash >> 32
    }
}

extension DocumentEncoder {
    /// Writes the payload of a value and gives its type.
    private mutating func addPayload(_ value: borrowing Value, _ place: Place) throws -> UInt8 {
        switch value.kind {
        case .missing, .null: return BSONType.null
        case .object, .array: break
        default: if let type = place.rule.flatMap(rules.type) { return try out.add(value, as: type) }
        }
        if let schema = place.schema, let type = try addMeaning(of: value, schema) { return type }
        switch value.kind {
        case .object: return try addExtended(value) ?? addDocument(value, place)
        case .array: return try addArray(value, place)
        default: return try addPlain(value)
        }
    }

    /// Writes a value as its schema says what it stands for; nil when it stands for itself.
    private mutating func addMeaning(of value: borrowing Value, _ schema: Schema) throws -> UInt8? {
        if schema.meaning == .json, value.kind == .string { return try addJSON(value, schema) }
        return try out.addMeaning(of: value, schema)
    }

    /// Writes what the JSON of a text says.
    private mutating func addJSON(_ value: borrowing Value, _ schema: Schema) throws -> UInt8 {
        let text = unsafe value.withUTF8 { unsafe Array($0) } ?? []
        var batch = RecordBatch(bytes: 1 << 10)
        let range = try unsafe batch.appendText(minimum: text.count) { room in
            unsafe room.copyBytes(from: text)
            return text.count
        }
        var reader = JSONReader()
        let read = try reader.read(range, as: .single, firstLine: nil, into: &batch)
        guard read.rejected == 0 else {
            throw ValueFault(message: "is \(schema.name ?? "JSON") by its schema, but its text is no JSON")
        }
        return try addPayload(batch[0].value, Place())
    }

    private mutating func addPlain(_ value: borrowing Value) throws -> UInt8 {
        switch value.kind {
        case .string:
            unsafe value.withUTF8 { unsafe out.putText(UnsafeRawBufferPointer($0)) }
            return BSONType.string
        case .bool:
            out.put(UInt8(value.bool == true ? 1 : 0))
            return BSONType.bool
        case .bytes:
            unsafe value.withBytes { unsafe out.putBinary($0) }
            return BSONType.binary
        default: return try addNumber(value)
        }
    }

    /// Whole numbers are int64, others double; what neither holds exactly is decimal128.
    private mutating func addNumber(_ value: borrowing Value) throws -> UInt8 {
        if value.isInteger, let number = value.int, number != 0 || !value.isMinusZero {
            if hasTypes, let small = Int32(exactly: number) {
                out.put(small)
                return BSONType.int32
            }
            out.put(number)
            return BSONType.int64
        }
        guard let number = value.exactDouble else { return try out.add(value, as: .decimal128) }
        out.put(number)
        return BSONType.double
    }

    /// Writes what stands in extended JSON; nil when the object is none.
    private mutating func addExtended(_ value: borrowing Value) throws -> UInt8? {
        if let type = try out.addExtended(value) { return type }
        guard value.count == 2, value.firstName == "$code", value["$code"].kind == .string,
            value["$scope"].kind == .object
        else { return nil }
        let start = out.open()
        unsafe value["$code"].withUTF8 { unsafe out.putText(UnsafeRawBufferPointer($0)) }
        _ = try addDocument(value["$scope"], Place())
        out.end(start)
        return BSONType.scopedCode
    }

    private mutating func addDocument(_ value: borrowing Value, _ place: Place) throws -> UInt8 {
        try enter()
        let start = out.open()
        _ = try addObject(value, place)
        out.close(start)
        depth -= 1
        return BSONType.document
    }

    /// Elements have the rules of their array.
    private mutating func addArray(_ value: borrowing Value, _ place: Place) throws -> UInt8 {
        try enter()
        let start = out.open()
        var index = 0
        let inner = Place(rule: place.rule, schema: place.schema?.items)
        try value.forEach { element in
            let type = out.count
            out.element(0, index)
            out.replace(at: type, with: try addPayload(element, inner))
            index += 1
        }
        out.close(start)
        depth -= 1
        return BSONType.array
    }

    private mutating func enter() throws(ConnectorError) {
        depth += 1
        guard depth < Self.deepest else {
            throw .rejected("the value is nested deeper than the \(Self.deepest) levels that MongoDB stores")
        }
    }
}
