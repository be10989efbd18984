import ConnectorKit

/// Twelve plain fields of a user; a missing one is null.
enum FlatUser {
    static func append(_ user: Record, to batch: inout RecordBatch) throws {
        let name = user["name"]
        let login = user["login"]
        try batch.append { out in
            out.add("id", id(user))
            copy(name["first"], as: "first_name", to: out)
            copy(name["last"], as: "last_name", to: out)
            copy(user["gender"], as: "gender", to: out)
            out.add("address", address(user["location"]))
            copy(user["location"]["postcode"], as: "post_code", to: out)
            copy(user["email"], as: "email", to: out)
            copy(login["username"], as: "username", to: out)
            copyDate(user["dob"], as: "dob", to: out)
            copyDate(user["registered"], as: "registered_date", to: out)
            copy(user["phone"], as: "phone", to: out)
            copy(user["picture"]["medium"], as: "picture", to: out)
        }
    }

    /// `number street, city, state, country`.
    private static func address(_ location: Value) -> String {
        let street = location["street"]
        let line = street.string ?? [text(street["number"]), text(street["name"])].joined(separator: " ")
        return [line, text(location["city"]), text(location["state"]), text(location["country"])].joined(
            separator: ", ")
    }

    /// The user's own UUID; without one, a UUID made of the whole user, so that the same user gets the same again.
    private static func id(_ user: Record) -> String {
        user["login"]["uuid"].string ?? StableUUID.text(of: user.value.jsonText)
    }

    private static func text(_ value: Value) -> String { value.string ?? value.decimalText ?? "" }

    /// An object with a `date` since version 1.2 of the service, the date itself before.
    private static func copyDate(_ value: Value, as name: FieldName, to out: borrowing ObjectBuilder) {
        if value.kind == .object { copy(value["date"], as: name, to: out) } else { copy(value, as: name, to: out) }
    }

    /// Texts and numbers as they are; null for everything else, so that the record stays flat.
    private static func copy(_ value: Value, as name: FieldName, to out: borrowing ObjectBuilder) {
        switch value.kind {
        case .string, .number, .int, .uint, .double: out.add(name, copyOf: value)
        default: out.add(name, JSONNull())
        }
    }
}
