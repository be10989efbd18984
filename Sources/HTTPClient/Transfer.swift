/// What one exchange has brought so far, within its limits.
final class Transfer {
    private(set) var body: [UInt8] = []
    private(set) var headers = HTTPHeaders()
    private(set) var isTooLarge = false
    private let maximumBodyBytes: Int
    private let cancellation: HTTPCancellation
    private var headerBytes = 0

    /// All headers of all redirects together; real servers send a few kilobytes.
    static let maximumHeaderBytes = 1 << 20

    init(maximumBodyBytes: Int, cancellation: HTTPCancellation) {
        self.maximumBodyBytes = maximumBodyBytes
        self.cancellation = cancellation
    }

    var isCancelled: Bool { cancellation.isCancelled }

    /// Takes a piece of the body; false ends the exchange because the limit is passed.
    func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = piece.count > maximumBodyBytes - body.count
        if !isTooLarge { unsafe body.append(contentsOf: piece) }
        return !isTooLarge
    }

    /// Takes a whole header line with its line break; false ends the exchange because the limit is passed.
    func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        isTooLarge = headerBytes > Self.maximumHeaderBytes
        if !isTooLarge { unsafe read(String(decoding: line, as: UTF8.self)) }
        return !isTooLarge
    }

    /// A status line begins the headers of another response: of a redirect's target or after a 1xx.
    private func read(_ line: String) {
        if line.hasPrefix("HTTP/") {
            headers = HTTPHeaders()
        } else if let colon = line.firstIndex(of: ":") {
            headers.add(String(line[..<colon]), line[line.index(after: colon)...].trimmedWhiteSpace)
        }
    }
}

extension Substring {
    /// Without spaces, tabs and line breaks around it (optional white space, RFC 9110 section 5.6.3).
    var trimmedWhiteSpace: String {
        let isWhite = { (character: Character) in character.isASCII && character.isWhitespace }
        let head = drop(while: isWhite)
        guard let last = head.lastIndex(where: { !isWhite($0) }) else { return "" }
        return String(head[...last])
    }
}
