// Topics and headers.
extension Arena {
    func topic(_ record: Int) -> String? {
        guard records[record].flags.contains(.topic) else { return nil }
        return unsafe String(decoding: topicBytes(record), as: UTF8.self)
    }

    func topicEquals(_ record: Int, _ name: FieldName) -> Bool { unsafe topicEquals(record, bytes: name.bytes) }

    func topicEquals(_ record: Int, bytes other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard records[record].flags.contains(.topic) else { return false }
        let bytes = unsafe topicBytes(record)
        return unsafe bytes.count == other.count && bytes.elementsEqual(other)
    }

    private func topicBytes(_ record: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe text.buffer(records[record].topicOffset, records[record].topicLength)
    }

    func setTopic(_ record: Int, _ topic: String?) {
        guard var topic else {
            records[record].flags.remove(.topic)
            return
        }
        topic.withUTF8 { unsafe setTopic(record, bytes: $0) }
    }

    /// Most records of a batch have the topic of the one before; its text is kept once.
    func setTopic(_ record: Int, bytes: UnsafeBufferPointer<UInt8>) {
        let last = unsafe text.buffer(header.pointee.topicOffset, header.pointee.topicLength)
        if unsafe last.count != bytes.count || !ArenaText.equal(last, bytes) {
            guard let start = bytes.baseAddress, let offset = unsafe append(start, bytes.count) else { return }
            unsafe header.pointee.topicOffset = offset
            unsafe header.pointee.topicLength = UInt32(truncatingIfNeeded: bytes.count)
        }
        records[record].flags.insert(.topic)
        unsafe records[record].topicOffset = header.pointee.topicOffset
        unsafe records[record].topicLength = header.pointee.topicLength
    }

    /// A null under this name at the end of the headers.
    @usableFromInline
    func headerSlot(_ record: Int, _ name: FieldName) -> UInt32 {
        appendMember(headers(record), name)
    }

    func addHeader(_ record: Int, _ name: FieldName, tree: UInt32) {
        append(tree, to: headers(record), name)
    }

    private func headers(_ record: Int) -> UInt32 {
        if records[record].headers != 0 { return records[record].headers }
        let node = make(Node(tag: .object))
        if node != Self.scratch { records[record].headers = node }
        return node
    }
}
