extension RecordEditor {
    /// Replaces the value; ``JSONNull`` makes a tombstone.
    public func setValue(_ value: borrowing some FieldValue) {
        let node = arena.make(Node())
        value.write(to: ValueSlot(arena, node, of: self))
        if node != Arena.scratch { arena.records[index].value = node }
    }

    /// Replaces the value by a deep copy of a value of any batch; a missing one is copied as null.
    public func setValue(copyOf value: borrowing Value) {
        let node = arena.import(value, below: 0)
        if node != Arena.scratch { arena.records[index].value = node }
    }

    /// Replaces the value by an empty object and returns that.
    @_lifetime(copy self)
    public func setValueToObject() -> ObjectEditor {
        let node = arena.make(Node(tag: .object))
        if node != Arena.scratch { arena.records[index].value = node }
        return ObjectEditor(arena, node, of: self)
    }

    /// Replaces the key.
    public func setKey(_ value: borrowing some FieldValue) {
        let node = arena.make(Node())
        value.write(to: ValueSlot(arena, node, of: self))
        if node != Arena.scratch { arena.records[index].key = node }
    }

    /// Replaces the key by a string of UTF-8 text; null when the text is not UTF-8.
    public func setKey(text: UnsafeRawBufferPointer) {
        let node = arena.make(Node())
        unsafe arena.put(utf8: text, at: node)
        if node != Arena.scratch { arena.records[index].key = node }
    }

    /// Keeps the bytes that the key was read from, for dead letters; transforms do not change them.
    public func setKeySource(_ bytes: UnsafeRawBufferPointer) {
        let place = unsafe bytes.withMemoryRebound(to: UInt8.self) { bytes in
            unsafe bytes.baseAddress.map { unsafe arena.append($0, bytes.count) } ?? 0
        }
        guard let place else { return }
        arena.records[index].keySourceOffset = place
        arena.records[index].keySourceLength = UInt32(truncatingIfNeeded: bytes.count)
        arena.records[index].flags.insert(.keySource)
    }

    /// Replaces the key by a deep copy of a value of any batch; a missing one is copied as null.
    public func setKey(copyOf value: borrowing Value) {
        let node = arena.import(value, below: 0)
        if node != Arena.scratch { arena.records[index].key = node }
    }

    /// Replaces the key by an empty object and returns that.
    @_lifetime(copy self)
    public func setKeyToObject() -> ObjectEditor {
        let node = arena.make(Node(tag: .object))
        if node != Arena.scratch { arena.records[index].key = node }
        return ObjectEditor(arena, node, of: self)
    }

    /// The schema of the value; nil when there is none. Records of one schema are to share it, and not to have equal ones.
    public var schema: Schema? {
        get { record.schema }
        nonmutating set { arena.records[index].schema = arena.place(of: newValue) }
    }

    /// The schema of the key; nil when there is none.
    public var keySchema: Schema? {
        get { record.keySchema }
        nonmutating set { arena.records[index].keySchema = arena.place(of: newValue) }
    }

    /// Overwrites a scalar of this record where it stands, deep in lists too, where no other edit reaches.
    ///
    /// A ``Value`` of it that was read before shows the new one. Containers and names are left alone.
    public func overwrite(_ scalar: borrowing Value, with value: borrowing some FieldValue) {
        let node = scalar.node
        guard unsafe scalar.arena.header == arena.header, node != 0, !scalar.isName, !scalar.tag.isContainer else {
            return
        }
        arena.touch(arena.nodes[node].parent)
        arena.nodes[node].flags.formIntersection(.nameEscaped)
        (arena.nodes[node].offset, arena.nodes[node].length) = (0, 0)
        value.write(to: ValueSlot(arena, node, of: self))
    }

    /// Overwrites a scalar of this record where it stands by a deep copy of a value of any batch; see ``overwrite(_:with:)``.
    public func overwrite(_ scalar: borrowing Value, withCopyOf value: borrowing Value) {
        let node = scalar.node
        guard unsafe scalar.arena.header == arena.header, node != 0, !scalar.isName, !scalar.tag.isContainer else {
            return
        }
        let tree = arena.import(value, below: arena.depth(of: arena.nodes[node].parent))
        if tree != Arena.scratch { arena.overwrite(node, by: tree) }
    }

    /// Adds a deep copy of a value of any batch at the end of any object of this record, without a search.
    public func append(_ name: String, copyOf value: borrowing Value, to object: borrowing Value) {
        guard unsafe object.arena.header == arena.header, !object.isName, object.tag == .object else { return }
        let tree = arena.import(value, below: arena.depth(of: object.node))
        if tree != Arena.scratch { arena.append(tree, named: name, to: object.node) }
    }

    /// The topic; nil when there is none.
    public var topic: String? {
        get { arena.topic(index) }
        nonmutating set { arena.setTopic(index, newValue) }
    }

    /// Sets the topic without making a `String`.
    public func setTopic(_ name: FieldName) { unsafe arena.setTopic(index, bytes: name.bytes) }

    /// Whether the record has this topic; compared in place.
    public func topicEquals(_ name: FieldName) -> Bool { arena.topicEquals(index, name) }

    /// The partition; nil when there is none.
    public var partition: Int32? {
        get { record.partition }
        nonmutating set {
            arena.records[index].partition = newValue ?? 0
            arena.records[index].set(.partition, newValue != nil)
        }
    }

    /// The place in the partition that the record was read from; nil when there is none.
    public var offset: Int64? {
        get { record.offset }
        nonmutating set {
            arena.records[index].offset = newValue ?? 0
            arena.records[index].set(.offset, newValue != nil)
        }
    }

    /// The time in milliseconds since 1970-01-01 UTC; nil when there is none.
    public var timestamp: Int64? {
        get { record.timestamp }
        nonmutating set {
            arena.records[index].timestamp = newValue ?? 0
            arena.records[index].set(.timestamp, newValue != nil)
        }
    }

    /// Adds a header at the end; names may repeat.
    public func addHeader(_ name: FieldName, _ value: borrowing some FieldValue) {
        value.write(to: ValueSlot(arena, arena.headerSlot(index, name), of: self))
    }

    /// Adds a deep copy of a value of any batch as a header at the end; a missing one is copied as null.
    public func addHeader(_ name: FieldName, copyOf value: borrowing Value) {
        arena.addHeader(index, name, tree: arena.import(value, below: 1))
    }

    /// Takes out all headers of this name.
    public func removeHeaders(named name: FieldName) {
        let headers = arena.records[index].headers
        if headers != 0 { arena.removeAll(headers, name) }
    }
}

extension RecordMeta {
    fileprivate mutating func set(_ flag: RecordFlags, _ isSet: Bool) {
        if isSet { flags.insert(flag) } else { flags.remove(flag) }
    }
}
