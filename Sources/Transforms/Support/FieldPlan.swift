internal import ConnectorKit

/// Fields, and what to do to each.
///
/// Those at the top of the object, which most are, come as plain values: going over them counts no references.
struct FieldPlan<Action> {
    /// Fields of one object.
    struct Group {
        let parents: [FieldName]
        var fields: [(name: FieldName, action: Action)] = []
        /// Finds the fields in one walk, where there are many.
        var walk: SharedWalk?
    }

    /// From so many fields of an object on, one walk of it costs less than a search for each.
    static var fewestForWalk: Int { 12 }

    private var nested: [Group] = []
    private var top = Group(parents: [])
    private var places: [[FieldName]: Int] = [:]

    mutating func append(_ path: FieldPath, _ action: Action) {
        guard let name = path.names.last else { return }
        let parents = Array(path.names.dropLast())
        if parents.isEmpty { return top.fields.append((name, action)) }
        if places[parents] == nil {
            places[parents] = nested.count
            nested.append(Group(parents: parents))
        }
        nested[places[parents] ?? 0].fields.append((name, action))
    }

    /// The fields, in the order in which they are gone over.
    var paths: [(path: FieldPath, action: Action)] {
        (nested + [top]).flatMap { group in
            group.fields.map { (FieldPath(names: group.parents + [$0.name]), $0.action) }
        }
    }

    /// This plan, with a walk for each object that has many fields.
    ///
    /// - Parameter make: Makes the walk of a group, by default one for its fields' names; nil leaves it without.
    func walking(_ make: (Group) -> SharedWalk? = { SharedWalk($0.fields.map(\.name)) }) -> Self {
        func walking(_ group: Group) -> Group {
            guard group.fields.count >= Self.fewestForWalk else { return group }
            var group = group
            group.walk = make(group)
            return group
        }
        var plan = self
        plan.nested = nested.map(walking)
        plan.top = walking(top)
        return plan
    }

    /// Calls `body` for every group whose object is there, nested ones first.
    @inline(__always)
    func forEachGroup(in object: ObjectEditor, _ body: (ObjectEditor, Group) throws -> Void) rethrows {
        for group in nested {
            try object.within(group.parents[...]) { object in try body(object, group) }
        }
        try body(object, top)
    }
}

/// A walk that the copies of a plan share. One thread at a time, as the transform it belongs to.
final class SharedWalk {
    var walk: FieldWalk
    /// What renaming gives the first of the names; empty for other plans.
    let news: [FieldName]
    private let count: Int

    init(_ names: [FieldName], news: [FieldName] = []) {
        walk = FieldWalk(names)
        self.news = news
        count = names.count
    }

    /// Whether no field was found that has a new name and keeps it.
    var isFree: Bool {
        for place in news.count..<count where walk.isFound(place) { return false }
        return true
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
