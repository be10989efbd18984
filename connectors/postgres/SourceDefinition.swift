import ConnectorKit

extension PostgresSource {
    /// The source as a pipeline names it.
    static let definition = SourceDefinition(
        "postgres", documentation: documentation, config: SourceConfig.definition,
        tasks: { values, most in max(1, min(most, SourceConfig(values).targets.count)) },
        check: { try check($0) }, make: { PostgresSource() })

    private static let documentation = """
        Reads rows of PostgreSQL tables, views or a query (12 and later) as records: what is new since the last look, or \
        everything once. A record is an object with a field for each column.

        **What is new.** The modes and most settings are those of Kafka Connect's JDBC source. `incrementing` sees rows \
        with a greater number than the last; numbers must become visible in order, which those of a sequence do only when \
        there is one writer, else a row that is committed late is passed over. `timestamp` and `timestamp+incrementing` \
        see rows changed after the last one and longer ago than `timestamp.delay.interval.ms`; a row that is committed \
        within the delay is never missed, one that is committed later may be. They see the last state of a row, not \
        each change, and no deletion. The ordering columns should have an index (of both, in that order, for \
        `timestamp+incrementing`). Each look is one statement in a read-only transaction, which lasts until its last row \
        is read; rows stream, so a table of any size takes the memory of one batch. A statement that gives no row \
        within `connection.timeout.ms`, such as a long sort without an index, counts as lost: raise it then.

        **Positions.** The position is that of the last row: `{"timestamp":…,"incrementing":…}`, so a restarted run, or a \
        sink that keeps positions with its rows, goes on exactly behind it. Rows of one timestamp are not told apart in \
        mode `timestamp`: they come in one batch, and only above 16 MiB can some come twice after a crash \
        (a warning says so). The position of a table has its schema's and its own name; that of a query stays when the \
        query is changed. `bulk` has no place to go on from: a run that is interrupted starts over, and what was delivered \
        comes again. When it is complete that is remembered, and it is not read again until `sluice offsets reset`. To read \
        a table once and resumably, use `incrementing` with `follow` false.

        **Values.** int2, int4, int8, numeric and floats are JSON numbers with PostgreSQL's own digits, exact and never \
        rounded; NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity". timestamptz is \
        `2026-01-31T12:00:00.000000Z`, in UTC; timestamp the same without the Z; date and time \
        `2026-01-31` and `12:00:00.000000`; an interval `P1DT2H`. What ISO 8601 cannot say (infinity, years before 1 or \
        after 9999) stays as PostgreSQL writes it. json and jsonb are values of their own. Arrays are JSON arrays, nested \
        when they have dimensions; lower bounds are dropped. bytea is bytes, written as base64 where a sink has only \
        JSON, and a base64 string within an array. Everything else, uuid and enumerations among it, is its text. A row \
        that holds invalid UTF-8, or JSON nested deeper than 512, is rejected alone.

        **Failures.** Lost connections, restarts, failovers, lock and statement timeouts are tried again from the last \
        position. Wrong names, types, permissions and queries fail the task.
        """
}
