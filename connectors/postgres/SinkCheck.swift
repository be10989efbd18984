import ConnectorKit

extension PostgresSink {
    /// Reaches the database and looks whether the sink may do there what it will have to.
    static func check(_ values: ConfigValues) async throws {
        let config = Config(values)
        do throws(ServerError) {
            let connection = try Connection(config.connection)
            if let positions = config.positions { try check(positions, over: connection) }
            if config.table.usesTopic { return }
            if let name = try? config.table.name(for: nil) { try check(name, config, over: connection) }
        } catch {
            throw error.connectorError("checking PostgreSQL")
        }
    }

    /// Makes the table of positions, writes nothing into it, and takes it back.
    private static func check(_ name: TableName, over connection: Connection) throws(ServerError) {
        let table = PositionTable(name: name, pipeline: "", sink: "", task: TaskSlot())
        do throws(ServerError) {
            try connection.run("BEGIN")
            try table.prepare(over: connection)
            _ = try table.store([], for: "", over: connection)
            try connection.run("ROLLBACK")
        } catch {
            throw table.advised(error, over: connection)
        }
    }

    private static func check(_ name: TableName, _ config: Config, over connection: Connection) throws(ServerError) {
        let table = try connection.run("SELECT to_regclass($1)::oid", [name.sql])[0][0]
        guard let table else {
            guard config.creates else { throw ServerError(missing: name) }
            return try checkCreation(in: name.schema, over: connection)
        }
        for privilege in config.privileges {
            let function = privilege == "DELETE" ? "has_table_privilege" : "has_any_column_privilege"
            if try connection.run("SELECT \(function)($1::oid, $2)", [table, privilege])[0][0] != "t" {
                throw ServerError(lacking: privilege, on: name.sql, for: connection.user)
            }
        }
    }

    private static func checkCreation(in schema: String?, over connection: Connection) throws(ServerError) {
        let rows = try connection.run(
            "SELECT s, has_schema_privilege(s, 'CREATE') FROM coalesce($1, current_schema()) AS s", [schema])
        if rows[0][1] != "t" {
            let name = rows[0][0].map(quoted) ?? "the schema to create tables in"
            throw ServerError(lacking: "CREATE", on: "SCHEMA \(name)", for: connection.user)
        }
    }
}

extension Config {
    /// What the role needs on a table that is there.
    fileprivate var privileges: [String] {
        let writing: [String] =
            switch mode {
            case .insert, .insertIgnore: ["INSERT"]
            case .upsert: ["INSERT", "UPDATE", "SELECT"]
            case .update: ["UPDATE", "SELECT"]
            }
        return writing + (deletes ? ["DELETE", "SELECT"] : [])
    }
}
