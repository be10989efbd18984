import ConnectorKit

/// How far a source has come: a resume token, and while the first copy is made also how far that is.
struct ChangePlace {
    /// Where the changes go on.
    var token: BSONDocument
    /// The collection that is being copied, and the `_id` up to which it is; nil when no copy is made or left.
    var copy: (collection: String, after: BSONDocument?)?

    init(token: BSONDocument, copy: (collection: String, after: BSONDocument?)?) {
        self.token = token
        self.copy = copy
    }

    /// Reads what ``fields`` wrote; nil when it is no place.
    init?(_ fields: PositionFields) {
        guard let token = fields["token"]?.string.flatMap(BSONDocument.init(extendedJSON:)) else { return nil }
        self.token = token
        guard let collection = fields["copying"]?.string else { return }
        copy = (collection, fields["after"]?.string.flatMap(BSONDocument.init(extendedJSON:)))
    }

    var fields: PositionFields {
        var fields: [String: PositionValue] = ["token": .string(token.extendedJSON ?? "")]
        if let copy {
            fields["copying"] = .string(copy.collection)
            // Behind an _id that is no UTF-8 the copy of its collection would begin anew.
            if let after = copy.after?.extendedJSON { fields["after"] = .string(after) }
        }
        return PositionFields(fields)
    }
}
