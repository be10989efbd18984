import ConnectorKit

extension PostgresSink {
    /// The sink as a pipeline names it.
    static let definition = SinkDefinition(
        "postgres", documentation: documentation, config: Config.definition,
        classes: [
            ConnectClass(
                "JdbcSink",
                needless: [
                    "batch.size", "connection.attempts", "connection.backoff.ms", "dialect.name", "max.retries",
                    "retry.backoff.ms",
                ])
        ], output: { SinkOutput("table \(SinkOutput.pattern(of: $0[Config.table]))") }, check: check,
        make: { PostgresSink() })

    private static let documentation = """
        Writes records into PostgreSQL tables (12 and later), exactly once. A field of the value goes into the column of its \
        name; rows travel by COPY.

        **Exactly once.** All batches between two flushes (`offset.flush.interval.ms` of the worker) are one transaction, \
        which also holds the positions they reach, in the table `sluice_positions` (`positions.table`). The sink makes that \
        table, unless told otherwise in the first schema of the `search_path`, and gives its content back when it starts. A \
        role that may not create it needs one made for it, for which `sluice validate --connect` gives the SQL, or \
        `exactly.once.support` `disabled`: then no positions are stored, no lock is taken, and after a crash some rows come \
        twice. So a worker that is killed at any instant \
        neither loses nor repeats a row. When the transaction is lost, with the connection, by a deadlock or by a \
        serialization failure, the task fails and is started again from the stored positions. Each position has an epoch: a \
        task whose partition another has taken over cannot commit, whatever it holds or waits for. Members of a Kafka \
        consumer group take partitions over one by one, side by side in any number of workers; for other sources an \
        advisory lock of the session keeps a second writer of the same task waiting, so a pooler must keep sessions apart. \
        With several sinks in a pipeline the smallest position counts, and after a crash this one may get records again: use \
        `upsert` there.

        **Takeovers.** A former owner that stands still inside an open transaction is waited for as long as any lock, a sixth \
        of `connection.timeout.ms` (10 s unless set), and then its session is ended (`pg_terminate_backend`, which the same \
        user may). One whose host is gone is given up by the server after `connection.timeout.ms`, and one that stands still \
        between two statements after 4,000 s, unless the server or the address says otherwise.

        **Refused rows.** A batch is written as if all of it were good; when the server refuses it for what it holds it is \
        taken back, the bad rows are found by halving and rejected alone. That is whatever the server says while it deals with \
        rows, and whatever code a trigger raises, but for 40001 and 40P01, which ask for the transaction again. So is a text with a NUL character, \
        a field without a column unless `auto.evolve` is on, a value for a generated column, and a record that needs a change \
        of its table that the server refuses. Deferred constraints are checked at once. Unreachable servers, full disks and \
        lock timeouts are tried again; wrong passwords, databases, permissions, missing tables and a TLS that does not match \
        fail the task. Logs and the status have the SQLSTATE with the names of table, column and constraint; the server's own \
        words, which quote the row, are in the dead letter (`errors.log.include.messages`).

        **Views, policies, identities.** Views, foreign tables, tables with rules and those under row-level security, which \
        COPY does not write, are written by INSERT from a temporary table; a row that a policy refuses is rejected alone. Values for a column \
        GENERATED ALWAYS AS IDENTITY are kept as they are given; it never changes in a row that is there, and a record that \
        would change it is rejected.

        **Values.** Texts, numbers and truth values are handed to the server as they are written, and it reads them as the \
        column's type: uuid, timestamptz, numeric and so on are exact. Whole numbers are milliseconds since 1970-01-01 UTC in \
        a timestamp column, days since then in a date column, and milliseconds since midnight in a time column, as Kafka \
        Connect's logical types are. A text with a time zone in a timestamp or time column without one is converted to UTC; one \
        that a type would cut short, such as a time of day for a date, is rejected, as is what a `numeric(10,2)` or a \
        `timestamp(3)` would round (real and double precision round), and so are the words now, today, tomorrow, \
        yesterday and allballs, which mean another time with each try. "NaN", "Infinity" and "-Infinity" are numbers where the \
        column has them. Texts in a bytea column are base64. json and jsonb columns take any value as JSON, array \
        columns JSON arrays; a null is NULL, and JSON's null in a json column that is NOT NULL and in an array of json. Objects and arrays become JSON text elsewhere, or columns of their own with `flatten.delimiter`. \
        An absent field leaves its column to its default, else null; `upsert` and `update` leave the column of an existing \
        row as it is.

        **Semantic types.** A value whose schema says what it stands for (`org.apache.kafka.connect.data.*`, \
        `io.debezium.time.*`, `io.debezium.data.*`) becomes what the column has for it: MicroTimestamp, NanoTime and the like \
        keep their microseconds, Json is JSON, VariableScaleDecimal a number, Bits a bit string, EnumSet also an array, \
        Interval and durations intervals, geometries PostGIS's or a point. A number column takes their number, a text column \
        ISO 8601. What a column cannot hold exactly, such as nanoseconds, and a type that is not known are rejected by \
        name. PostgreSQL's own source marks JSON's null, so that from table to table it stays apart from NULL.

        **Types of new columns.** A record with a schema (Kafka Connect's, as its JSON converter gives it) settles them: \
        integers and floats by their size, Timestamp `timestamptz`, Date `date`, Time `time`, Decimal `numeric`, Debezium's types what PostgreSQL has for them, arrays of \
        scalars arrays, maps and other structures `jsonb`; required fields are NOT NULL, and defaults are defaults. Fields \
        that a transform added have the types of their values, and a required field that it dropped may be null. A column \
        added to a table is NOT NULL only with a default, for the rows that are there. Without a schema truth values are \
        `boolean`, texts `text`, bytes `bytea`, objects and arrays `jsonb`. Whole numbers are `bigint`, beyond 64 bits \
        `numeric`. Other numbers are `double precision` with up to 15 significant digits, else `numeric`. A field that is \
        null makes no column yet. With `auto.evolve` a number that a `bigint` or `double precision` column would not give \
        back exactly makes it `numeric`; no other type is ever changed, and nothing is dropped. Dates and times are texts in \
        JSON without a schema, so create their columns yourself.
        """
}
