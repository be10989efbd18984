internal import ConnectorKit

/// One step of renaming: a field of the object below `parents`.
struct Rename: Hashable {
    let parents: [FieldName]
    var old: FieldName
    let new: FieldName
}

/// Renames of one object at once: what its steps come to.
struct RenameAll {
    /// The names before, and then the new ones that no field is renamed from: a field that has one of these is replaced,
    /// which takes the steps one after the other.
    let wanted: [FieldName]
    /// The names after, for each of those before.
    let news: [FieldName]

    /// Nil when two fields would get one name.
    init?(_ steps: [(name: FieldName, action: FieldName)]) {
        var olds: [FieldName] = []
        var news: [FieldName] = []
        var places: [FieldName: Int] = [:]
        for step in steps {
            if let place = places.removeValue(forKey: step.name) {
                news[place] = step.action
                places[step.action] = place
            } else {
                guard places[step.action] == nil else { return nil }
                places[step.action] = olds.count
                olds.append(step.name)
                news.append(step.action)
            }
        }
        guard Set(news).count == news.count else { return nil }
        let known = Set(olds)
        wanted = olds + news.filter { !known.contains($0) }
        self.news = news
    }
}

/// Renames in an order in which one after the other does what all at once would.
enum RenamePlan {
    /// Puts the renames in order. Deeper fields come first, since their paths are written with the old names; then a rename comes after the one
    /// that frees its new name, and a circle is opened with a name nobody uses.
    static func make(_ renames: [Rename]) -> FieldPlan<FieldName> {
        var plan = FieldPlan<FieldName>()
        for rename in ordered(renames) { plan.append(FieldPath(names: rename.parents + [rename.old]), rename.new) }
        return plan.walking { group in
            RenameAll(group.fields).map { SharedWalk($0.wanted, news: $0.news) }
        }
    }

    private static func ordered(_ renames: [Rename]) -> [Rename] {
        var pending = renames.filter { $0.old != $0.new }.sorted { $0.parents.count > $1.parents.count }
        let olds = Set(pending.map { $0.parents + [$0.old] })
        if !pending.contains(where: { olds.contains($0.parents + [$0.new]) }) { return pending }
        var plan: [Rename] = []
        while !pending.isEmpty {
            if let free = pending.firstIndex(where: { !isTaken($0, by: pending) }) {
                plan.append(pending.remove(at: free))
            } else {
                let aside = FieldName(interning: "\u{0}renaming \(plan.count)")
                plan.append(Rename(parents: pending[0].parents, old: pending[0].old, new: aside))
                pending[0].old = aside
            }
        }
        return plan
    }

    /// Whether a rename still to come needs what now has this one's new name, or a path through its old one.
    private static func isTaken(_ rename: Rename, by pending: [Rename]) -> Bool {
        pending.contains { other in
            other.parents == rename.parents && other.old == rename.new
                || other.parents.count > rename.parents.count
        }
    }
}
