internal import ConnectorKit

/// The fields to keep of an object, and of objects within it.
struct FieldSelection {
    private var names: [FieldName] = []
    private var below: [(name: FieldName, selection: FieldSelection)] = []
    /// Finds the names in one walk, where there are many.
    private let all: SharedWalk?
    private let within: SharedWalk?

    /// Selects every field that one of `paths` leads to, whole.
    init(_ paths: [[FieldName]]) {
        var rests: [FieldName: [[FieldName]]] = [:]
        for path in paths {
            guard let first = path.first else { continue }
            if rests[first] == nil { names.append(first) }
            rests[first, default: []].append(Array(path.dropFirst()))
        }
        for name in names {
            let rest = rests[name] ?? []
            if !rest.contains(where: \.isEmpty) { below.append((name, FieldSelection(rest))) }
        }
        all = names.count < FieldPlan<Void>.fewestForWalk ? nil : SharedWalk(names)
        within = below.count < FieldPlan<Void>.fewestForWalk ? nil : SharedWalk(below.map(\.name))
    }

    /// Removes everything else from `object`.
    func keep(in object: ObjectEditor) {
        if let all { all.walk.keepOnly(in: object) } else { object.keepOnly(names) }
        if let within, within.walk.find(in: object) {
            within.walk.edit(object) { place, member in
                if let inner = member.object { below[place].selection.keep(in: inner) } else { member.remove() }
            }
            return
        }
        for (name, selection) in below {
            if object[name].kind == .object { selection.keep(in: object.object(name)) } else { object.remove(name) }
        }
    }
}
