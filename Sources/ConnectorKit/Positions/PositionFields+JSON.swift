extension PositionFields {
    /// Reads what ``json`` wrote; nil for anything but a flat object of texts, whole numbers and truth values.
    public init?(json: String) {
        guard let members = (try? ConfigParser.parse(json))?.members else { return nil }
        var fields: [String: PositionValue] = [:]
        for member in members {
            switch member.value.content {
            case .string(let text): fields[member.name] = .string(text)
            case .bool(let flag): fields[member.name] = .bool(flag)
            case .number(let text):
                guard let number = Int64(text) else { return nil }
                fields[member.name] = .int(number)
            case .null, .array, .object: return nil
            }
        }
        self.init(fields)
    }
}
