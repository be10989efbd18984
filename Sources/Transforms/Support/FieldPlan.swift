internal import ConnectorKit

/// Fields, and what to do to each.
///
/// Those at the top of the object, which most are, come as plain values: going over them counts no references.
struct FieldPlan<Action: Sendable>: Sendable {
    private struct Nested {
        let parents: [FieldName]
        let name: FieldName
        let action: Action
    }

    private var nested: [Nested] = []
    private var top: [(name: FieldName, action: Action)] = []

    mutating func append(_ path: FieldPath, _ action: Action) {
        guard let name = path.names.last else { return }
        let parents = Array(path.names.dropLast())
        if parents.isEmpty {
            top.append((name, action))
        } else {
            nested.append(Nested(parents: parents, name: name, action: action))
        }
    }

    /// The fields, in the order in which they are gone over.
    var paths: [(path: FieldPath, action: Action)] {
        nested.map { (FieldPath(names: $0.parents + [$0.name]), $0.action) }
            + top.map { (FieldPath(names: [$0.name]), $0.action) }
    }

    /// Calls `body` for every field whose object is there, nested ones first; the field itself may be missing.
    @inline(__always)
    func forEach(in object: ObjectEditor, _ body: (ObjectEditor, FieldName, Action) throws -> Void) rethrows {
        for field in nested {
            try object.within(field.parents[...]) { object in try body(object, field.name, field.action) }
        }
        for field in top { try body(object, field.name, field.action) }
    }
}

extension ObjectEditor {
    /// Calls `body` with the object that `parents` lead to, unless something on the way is missing or no object.
    fileprivate func within(_ parents: ArraySlice<FieldName>, _ body: (ObjectEditor) throws -> Void) rethrows {
        guard let parent = parents.first else { return try body(self) }
        if self[parent].kind == .object { try object(parent).within(parents.dropFirst(), body) }
    }
}

/// Where a field goes: at the top, or at the end of a path whose objects are made when they are missing.
enum FieldTarget {
    case top(FieldName)
    case nested(FieldPath)

    init(_ path: FieldPath) {
        if path.names.count == 1, let name = path.names.first { self = .top(name) } else { self = .nested(path) }
    }

    var path: FieldPath {
        switch self {
        case .top(let name): FieldPath(names: [name])
        case .nested(let path): path
        }
    }

    func set(_ value: borrowing some FieldValue, in object: ObjectEditor) {
        switch self {
        case .top(let name): object.set(name, value)
        case .nested(let path): object.set(path: path, value)
        }
    }
}
