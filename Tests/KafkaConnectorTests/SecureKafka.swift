import Foundation
import TestSupport

/// Apache Kafka that lets in by TLS and login alone, with rights for what begins with `ok-`; its administrator comes in
/// by a plaintext port.
final class SecureKafka: Sendable {
    static let shared = Result { try SecureKafka() }

    /// Where it asks for a login over TLS.
    let servers: String
    /// Where the administrator is let in without either.
    let plaintext: String
    private let broker: ApacheKafka

    /// The certificate that signed the broker's.
    var trusted: String { "\(broker.folder)/ca.pem" }
    /// One that did not.
    var foreign: String { "\(broker.folder)/other.pem" }

    private init() throws {
        let port = ServerProcess.freePort()
        servers = "127.0.0.1:\(port)"
        let users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap { mechanism in
            ["--add-scram", "\(mechanism)=[name=writer,password=open-sesame]"]
        }
        broker = try ApacheKafka(formatting: users) { plain, controller, folder in
            try Shell.run(Self.certificates, in: URL(fileURLWithPath: folder))
            return Self.properties(port, plain, controller, folder)
        }
        plaintext = broker.servers
    }

    /// Gives `writer` all rights on what begins with `ok-`, and the sight of topics that begin with `seen-`.
    func grant() throws {
        let common = ["--bootstrap-server", plaintext, "--add", "--resource-pattern-type", "prefixed"]
        let writer = common + ["--allow-principal", "User:writer"]
        try broker.run(
            "kafka-acls.sh",
            [
                writer + ["--operation", "All", "--topic", "ok-", "--group", "ok-", "--transactional-id", "ok-"],
                writer + ["--operation", "Describe", "--topic", "seen-"],
            ])
    }

    private static let certificates = """
        set -e
        exec 2> openssl.log
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other-ca -keyout other.key -out other.pem
        openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout k.key -out k.csr
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san
        openssl x509 -req -in k.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out k.pem
        openssl pkcs8 -topk8 -nocrypt -in k.key -out k8.key
        cat k8.key k.pem ca.pem > server.pem
        """

    private static func properties(_ port: Int, _ plain: Int, _ controller: Int, _ folder: String) -> String {
        let login = "org.apache.kafka.common.security"
        return """
            listeners=SASL_SSL://127.0.0.1:\(port),PLAINTEXT://127.0.0.1:\(plain),CONTROLLER://127.0.0.1:\(controller)
            advertised.listeners=SASL_SSL://127.0.0.1:\(port),PLAINTEXT://127.0.0.1:\(plain)
            listener.security.protocol.map=SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            inter.broker.listener.name=PLAINTEXT
            ssl.keystore.type=PEM
            ssl.keystore.location=\(folder)/server.pem
            sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER
            listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\(login).scram.ScramLoginModule required;
            listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=\(login).scram.ScramLoginModule required;
            listener.name.sasl_ssl.plain.sasl.jaas.config=\(login).plain.PlainLoginModule required \
            user_writer="open-sesame" user_stranger="open-sesame";
            listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=\(login).oauthbearer.OAuthBearerLoginModule required;
            authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
            super.users=User:ANONYMOUS

            """
    }
}
