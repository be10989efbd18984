import ConnectorKit

/// Twelve plain fields of a user; a missing one is null.
enum FlatUser {
    static func append(_ user: Record, to batch: inout RecordBatch) throws {
        let name = user["name"]
        let login = user["login"]
        try batch.append { out in
            try out.add("id", id(user))
            try add("first_name", name["first"], to: out)
            try add("last_name", name["last"], to: out)
            try add("gender", user["gender"], to: out)
            try out.add("address", address(user["location"]))
            try add("post_code", user["location"]["postcode"], to: out)
            try add("email", user["email"], to: out)
            try add("username", login["username"], to: out)
            try add("dob", date(user["dob"]), to: out)
            try add("registered_date", date(user["registered"]), to: out)
            try add("phone", user["phone"], to: out)
            try add("picture", user["picture"]["medium"], to: out)
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

    /// An object with a `date` since version 1.2 of the service, the date itself before.
    private static func date(_ value: Value) -> Value { value["date"].exists ? value["date"] : value }

    private static func text(_ value: Value) -> String { value.string ?? value.decimalText ?? "" }

    private static func add(_ name: FieldName, _ value: Value, to out: borrowing ObjectBuilder) throws {
        switch value.kind {
        case .string: try out.add(name, value.string ?? "")
        case .number, .int, .uint, .double: try out.add(name, JSONNumber(value.decimalText ?? "0"))
        default: try out.add(name, JSONNull())
        }
    }
}
