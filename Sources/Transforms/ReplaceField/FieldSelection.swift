internal import ConnectorKit

/// The fields to keep of an object, and of objects within it.
struct FieldSelection {
    private var names: [FieldName] = []
    private var below: [(name: FieldName, selection: FieldSelection)] = []

    /// Selects every field that one of `paths` leads to, whole.
    init(_ paths: [[FieldName]]) {
        for first in paths.compactMap(\.first) where !names.contains(first) {
            names.append(first)
            let rest = paths.filter { $0.first == first }.map { Array($0.dropFirst()) }
            if !rest.contains(where: \.isEmpty) { below.append((first, FieldSelection(rest))) }
        }
    }

    /// Removes everything else from `object`.
    func keep(in object: ObjectEditor) {
        object.keepOnly(names)
        for (name, selection) in below {
            if object[name].kind == .object { selection.keep(in: object.object(name)) } else { object.remove(name) }
        }
    }
}
