// Scalars, read as Swift values.
extension Arena {
    @usableFromInline
    func string(_ node: UInt32) -> String? {
        guard nodes[node].tag == .string else { return nil }
        return unsafe string(of: buffer(node), isEscaped: nodes[node].flags.contains(.escaped))
    }

    @usableFromInline
    func nameString(_ node: UInt32) -> String {
        unsafe string(of: nameBuffer(node), isEscaped: nodes[node].flags.contains(.nameEscaped))
    }

    func nameBuffer(_ node: UInt32) -> UnsafeBufferPointer<UInt8> {
        unsafe text.buffer(nodes[node].nameOffset, UInt32(truncatingIfNeeded: nameLength(nodes[node])))
    }

    private func string(of bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool) -> String {
        guard isEscaped else { return unsafe String(decoding: bytes, as: UTF8.self) }
        return unsafe JSONEscape.withUnescaped(bytes) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    @usableFromInline
    func equals(_ node: UInt32, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard nodes[node].tag == .string else { return false }
        return unsafe equals(buffer(node), isEscaped: nodes[node].flags.contains(.escaped), other)
    }

    @usableFromInline
    func nameEquals(_ node: UInt32, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe equals(nameBuffer(node), isEscaped: nodes[node].flags.contains(.nameEscaped), other)
    }

    @inline(__always)
    private func equals(
        _ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, _ other: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if isEscaped { return unsafe JSONEscape.withUnescaped(bytes) { unsafe $0.elementsEqual(other) } }
        return unsafe bytes.count == other.count && ArenaText.equal(bytes, other)
    }

    @usableFromInline
    func int(_ node: UInt32) -> Int64? {
        switch nodes[node].tag {
        case .int: Int64(bitPattern: nodes[node].payload)
        case .uint: Int64(exactly: nodes[node].payload)
        case .number: NumberText.signed(integerText(node))
        default: nil
        }
    }

    @usableFromInline
    func uint(_ node: UInt32) -> UInt64? {
        switch nodes[node].tag {
        case .int: UInt64(exactly: Int64(bitPattern: nodes[node].payload))
        case .uint: nodes[node].payload
        case .number: NumberText.unsigned(integerText(node))
        default: nil
        }
    }

    private func integerText(_ node: UInt32) -> NumberText.Integer? {
        nodes[node].flags.contains(.fractional) ? nil : unsafe NumberText.integer(buffer(node))
    }

    @usableFromInline
    func double(_ node: UInt32) -> Double? {
        switch nodes[node].tag {
        case .int: Double(Int64(bitPattern: nodes[node].payload))
        case .uint: Double(nodes[node].payload)
        case .double: Double(bitPattern: nodes[node].payload)
        case .number: Double(unsafe String(decoding: buffer(node), as: UTF8.self))
        default: nil
        }
    }

    /// The exact text of a number; nil for anything else, a double that is not finite included.
    func decimalText(_ node: UInt32) -> String? {
        switch nodes[node].tag {
        case .number: unsafe String(decoding: buffer(node), as: UTF8.self)
        case .int: String(Int64(bitPattern: nodes[node].payload))
        case .uint: String(nodes[node].payload)
        case .double: Double(bitPattern: nodes[node].payload).isFinite ? double(node)?.description : nil
        default: nil
        }
    }
}
