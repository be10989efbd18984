public import Foundation
import HTTPClient

extension StandIn {
    /// A request that the stand-in has answered.
    public struct Request: Sendable, Decodable {
        /// The method.
        public let method: String
        /// Path and query.
        public let path: String
        /// The status, or the name of the fault.
        public let status: Status
        /// The fields by name in lower case.
        public let headers: [String: String]
        /// The client's port, which tells connections apart.
        public let port: Int

        /// What was answered.
        public enum Status: Sendable, Decodable, Hashable {
            /// A status code.
            case code(Int)
            /// A fault, such as `reset`.
            case fault(String)

            /// Reads a number or a text.
            public init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                if let code = try? value.decode(Int.self) {
                    self = .code(code)
                } else {
                    self = .fault(try value.decode(String.self))
                }
            }
        }
    }

    /// The requests answered so far, in order, those of the control endpoint left out.
    public func requests() throws -> [Request] {
        struct Answer: Decodable {
            let requests: [Request]
        }
        return try JSONDecoder().decode(Answer.self, from: control("{}")).requests
    }

    /// Changes settings or adds faults, as `Tests/StandIns/stand_in.py` describes.
    @discardableResult
    public func control(_ json: String) throws -> Data {
        let request = HTTPRequest(try HTTPURL(url("/_control")), method: "POST", body: Array(json.utf8))
        return Data(try HTTPClient().send(request).body)
    }
}
