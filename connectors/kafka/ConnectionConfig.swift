import ConnectorKit

/// The settings that source and sink share: where the brokers are, how to log in, and librdkafka's own properties.
struct ConnectionConfig: Sendable {
    static let servers = Setting.list("bootstrap.servers", "Brokers to begin with; the others are learned from them.")
        .example("localhost:9092").group("Connection")
        .checked { $0.isEmpty || $0.contains("") ? "bootstrap.servers names no broker; expected host:port" : nil }
    private static let security = [
        text("security.protocol", "`plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`; plaintext by default."),
        text("sasl.mechanism", "`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER` or `GSSAPI`."),
        text("sasl.username", "The user, for PLAIN and SCRAM."),
        text("ssl.ca.location", "File of the certificates to trust; the system's by default."),
        text("ssl.certificate.location", "File of the client's certificate (PEM)."),
        text("ssl.key.location", "File of the client's private key (PEM)."),
    ]
    private static let secrets = [
        secret("sasl.password", "The user's password, for PLAIN and SCRAM."),
        secret("ssl.key.password", "The password of the private key."),
        secret("ssl.keystore.password", "The password of `kafka.ssl.keystore.location`."),
        secret(
            "sasl.oauthbearer.client.secret",
            "The client's secret, for OAUTHBEARER with `kafka.sasl.oauthbearer.method` `oidc`."),
        secret("sasl.oauthbearer.config", "What tokens are made of where librdkafka makes them itself, unsecured."),
    ]
    static let properties = Setting.prefixed(
        "kafka.",
        "Any property of librdkafka under its own name, such as `kafka.socket.timeout.ms`; it wins over what Sluice would set."
    ).group("Connection")

    static let login = secret(
        "sasl.jaas.config", "User and password as Kafka's Java clients take them: `… username=\"u\" password=\"p\";`.")
    static let consumerOverrides = Setting.prefixed(
        "consumer.override.", "Settings of Kafka's Java consumer, as Kafka Connect's configurations give them."
    ).group("Connection")
    static let producerOverrides = Setting.prefixed(
        "producer.override.", "Settings of Kafka's Java producer, as Kafka Connect's configurations give them."
    ).group("Connection")

    static let settings: [any AnySetting] = [servers] + security + secrets + [login, properties]

    /// Properties that have settings of their own, or on which the promises rest.
    private static let reserved: [String: String] = {
        var reasons = [
            "bootstrap.servers": "write it as bootstrap.servers", "metadata.broker.list": "use bootstrap.servers",
            "enable.auto.commit": "offsets are committed when they are durable in every sink",
            "enable.auto.offset.store": "offsets are committed when they are durable in every sink",
            "enable.partition.eof": "the source needs it", "group.id": "write it as group.id",
            "transactional.id": "write it as transactional.id", "isolation.level": "write it as isolation.level",
            "auto.offset.reset": "write it as auto.offset.reset",
            "transaction.timeout.ms": "write it as transaction.timeout.ms",
            "auto.commit.enable": "offsets are committed when they are durable in every sink",
            "delivery.report.only.error": "the sink waits for the report of every message",
            "enable.gapless.guarantee": "a record that is refused must not end the producer",
            "enabled_events": "the connector chooses what it hears of",
        ]
        for name in security.map(\.declaration.name) { reasons[name] = "write it as \(name)" }
        for name in secrets.map(\.declaration.name) { reasons[name] = "write it as \(name), which is kept secret" }
        reasons["ssl.key.pem"] = "it could hold a secret, which would be shown; use ssl.key.location"
        return reasons
    }()

    /// What librdkafka, or this connector, has against the properties under `kafka.`, and against the settings above.
    ///
    /// - Parameter isProducer: Whether the client is made idempotent, unless the properties say otherwise.
    static func rule(
        _ overrides: Setting<[String: String]>, isProducer: Bool = false
    ) -> ConfigDefinition.Rule {
        { values in fault(values, overrides, isProducer) }
    }

    private static func fault(
        _ values: ConfigValues, _ overrides: Setting<[String: String]>, _ isProducer: Bool
    ) -> (setting: String, message: String)? {
        let connection = ConnectionConfig(values, overrides)
        let configuration = ClientConfiguration()
        if let text = values[login], JavaClient.login(text.revealed) == nil {
            let name = login.declaration.name
            return (name, "\(name) was not understood; expected username=\"…\" password=\"…\" in it (it is not shown)")
        }
        for (name, value) in connection.own {
            if let fault = configuration.set(name, value) { return (name, "\(name) is refused: \(fault)") }
        }
        for (name, value, written) in connection.extra {
            if let reason = reserved[name] { return (written, "\(written) cannot be set: \(reason)") }
            if let fault = configuration.set(name, value) {
                return (written, "\(written) is refused by librdkafka \(installedVersion): \(fault)")
            }
        }
        let asked = values[overrides]["auto.offset.reset"]
        if !isProducer, let asked, JavaClient.offsetReset(values[overrides]) == nil {
            let name = overrides.declaration.name + "auto.offset.reset"
            return (name, "\(name) is \"\(asked.prefix(60))\"; expected earliest, latest or none")
        }
        return isProducer ? connection.conflict() : nil
    }

    /// What an idempotent producer cannot be made with; librdkafka looks when the client is made.
    private func conflict() -> (setting: String, message: String)? {
        let configuration = ClientConfiguration()
        for (name, value) in SinkConfig.durable + extra.map({ ($0.name, $0.value) }) {
            _ = configuration.set(name, value)
        }
        guard configuration.text("enable.idempotence") == "true" else { return nil }
        let rules: [(names: [String], expected: String, isKept: Bool)] = [
            (["acks", "request.required.acks"], "all", configuration.number("acks") == -1),
            (["retries", "message.send.max.retries"], "1 or more", configuration.number("retries") != 0),
            (
                ["max.in.flight.requests.per.connection", "max.in.flight"], "1 to 5",
                configuration.number("max.in.flight").map { $0 <= 5 } ?? true
            ),
        ]
        guard let broken = rules.first(where: { !$0.isKept }),
            let given = extra.last(where: { broken.names.contains($0.name) })
        else { return nil }
        return (
            given.written,
            "\(given.written) is \(given.value); expected \(broken.expected), since the producer is idempotent; remove it, or "
                + "set kafka.enable.idempotence to false"
        )
    }

    private let own: [(String, String)]
    private let hidden: [(String, Secret)]
    private let extra: [(name: String, value: String, written: String)]

    init(_ values: ConfigValues, _ overrides: Setting<[String: String]>) {
        let login = values[Self.login].flatMap { JavaClient.login($0.revealed) }
        own =
            [("bootstrap.servers", values[Self.servers].joined(separator: ","))]
            + (login.map { [("sasl.username", $0.user)] } ?? [])
            + Self.security.compactMap { setting in values[setting].map { (setting.declaration.name, $0) } }
        hidden =
            (login.map { [("sasl.password", Secret($0.password))] } ?? [])
            + Self.secrets.compactMap { setting in values[setting].map { (setting.declaration.name, $0) } }
        extra =
            JavaClient.properties(values[overrides]).map {
                ($0.name, $0.value, overrides.declaration.name + $0.written)
            }
            + values[Self.properties].sorted { $0.key < $1.key }.map { ($0.key, $0.value, "kafka.\($0.key)") }
    }

    /// Everything a client is made with: `defaults` first, so that a property under `kafka.` wins.
    func configuration(_ defaults: [(String, String)] = []) throws(ConnectorError) -> ClientConfiguration {
        let configuration = ClientConfiguration()
        let extra = extra.map { ($0.name, $0.value) }
        for (name, value) in [("client.id", "sluice")] + defaults + own + extra {
            if let fault = configuration.set(name, value) { throw .configuration("\(name) is refused: \(fault)") }
        }
        for (name, value) in hidden where configuration.set(name, value.revealed) != nil {
            throw .configuration("\(name) is refused by librdkafka \(installedVersion) (its value is not shown)")
        }
        return configuration
    }

    /// Makes sure that a broker answers.
    func check() throws {
        try Producer(configuration(), Observer(.silent)).connect()
    }

    private static func text(_ name: String, _ documentation: String) -> Setting<String?> {
        Setting.string(name, documentation).optional.group("Security")
    }

    private static func secret(_ name: String, _ documentation: String) -> Setting<Secret?> {
        Setting.password(name, documentation).optional.group("Security")
    }
}
